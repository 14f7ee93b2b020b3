"""The only doors to PyTorch and Keras: their set-up, their conventions, and what their trainings share."""
