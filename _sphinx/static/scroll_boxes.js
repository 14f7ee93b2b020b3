/* What is too wide scrolls in its own box, and can be reached with the Tab key while it does.
 * The theme does the same for code.
 */
addEventListener("load", async () => {
  const names = {
    "div.math": "wide equation",
    "span.math": "wide formula",
    ".pst-scrollable-table-container": "wide table",
    ".text_html:has(table.results)": "wide table",
  };

  function update() {
    for (const [selector, name] of Object.entries(names)) {
      for (const box of document.querySelectorAll(selector)) {
        const scrolls = box.scrollWidth > box.clientWidth + 1;
        box.classList.toggle("scrolls", scrolls);
        for (const [key, value] of Object.entries({ tabindex: 0, role: "group", "aria-label": name })) {
          if (scrolls) box.setAttribute(key, value);
          else box.removeAttribute(key);
        }
      }
    }
  }

  await window.MathJax?.startup?.promise;
  await document.fonts.ready;
  // Hears of a phone that is turned and of a solution that is unfolded, and begins by itself.
  new ResizeObserver(update).observe(document.body);
});
