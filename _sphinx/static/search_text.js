/* A search result quotes the page's own text: without the theme's buttons and lists of
 * contents, and without the marks around a formula.
 */
Search.htmlToText = (page, anchor) => {
  const parsed = new DOMParser().parseFromString(page, "text/html");
  parsed.querySelectorAll(".headerlink, .viewcode-link, script, style").forEach((element) => element.remove());
  parsed.querySelectorAll(".math").forEach((formula) => {
    formula.textContent = formula.textContent.replace(/\\[()[\]]/g, "");
  });
  const article = parsed.querySelector("article.bd-article");
  return ((anchor && parsed.querySelector(`article ${anchor}`)) || article || parsed.body).textContent;
};

/* The names of the API reference all begin with "lstm_lib."; who searches for "lstm" does not
 * ask for all of them.
 */
const namesWith = Search.performObjectSearch;
Search.performObjectSearch = (term, terms) =>
  namesWith(term, terms).filter(
    ([, name]) => term === "lstm_lib" || name.replace(/^lstm_lib\./, "").toLowerCase().includes(term)
  );
