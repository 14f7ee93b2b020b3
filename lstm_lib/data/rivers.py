"""Rivers and their weather, day by day, from an installed package. Nothing is downloaded."""

import csv
from typing import Literal

import numpy as np

from lstm_lib.data.series import Series
from lstm_lib.storage.files import read_packaged

SHA256 = {
    "Au Saumon": "43160c92d7f2ac9f376ab46d8d655e02c0fdc460f8df2093c87043874520514e",
    "Baskatong": "86995db8f1aad1e2a0574079a54de5f17fa633500d9bc5de7e8786e25e764af7",
    "Leaf": "138c281626c0d751a16408114a5192d30a9c99d4a07c30b9d432e0bda89fe2ea",
}
INPUTS = ("P", "T", "E0")


def river(name: Literal["Au Saumon", "Baskatong", "Leaf"]) -> Series:
    """Read the daily discharge of a river, with the weather of the land that it drains.

    ===========  ============================================  ============  ======
    name         what it drains                                years         snow
    ===========  ============================================  ============  ======
    Au Saumon    hills in the south of Québec                  1975 to 2003  yes
    Baskatong    what flows into a reservoir further north     1980 to 2017  yes
    Leaf         land in the south of Mississippi              1957 to 1987  no
    ===========  ============================================  ============  ======

    Where they flow is not said in the files; name and years are those of the Leaf River of many hydrological papers.
    They come with HOLMES, a program for teaching hydrology at Université Laval (``holmes-hydro``, MIT license,
    © 2025 Université Laval), as files that are read without importing that package.

    Parameters
    ----------
    name : {"Au Saumon", "Baskatong", "Leaf"}

    Returns
    -------
    Series
        ``values``: discharge in mm a day over the whole catchment; ``times``: days, ``datetime64[D]``, none missing;
        ``inputs`` (N, 3): precipitation (mm), mean air temperature (°C) and potential evaporation (mm). The Leaf's
        file has no temperatures: there ``inputs`` is (N, 2).

    Raises
    ------
    InputError
        If the package is missing or its file is not the one the course was written with.

    References
    ----------
    The package's documentation, https://antoinelb.github.io/holmes/.
    """
    if name not in SHA256:
        raise ValueError(f"river must be one of {', '.join(SHA256)}, got {name!r}")
    text = read_packaged(
        "holmes-hydro==3.5.0",
        f"data/{name}_Observations.csv",
        package="holmes",
        sha256=SHA256[name],
        what=f"days of the river {name}",
        deps=False,
    )
    rows = list(csv.DictReader(text.splitlines()))
    inputs = [[float(row[column]) for column in INPUTS if column in row] for row in rows]
    return Series(
        np.array([float(row["Qo"]) for row in rows]),
        np.array([row["Date"] for row in rows], "datetime64[D]"),
        name,
        inputs=np.array(inputs),
    )
