/* The Tab key stops where one wants to stop: at links, questions and controls, once each.
 *
 * Buttons that copy code take the mouse. Of the options of a question one is a stop, and the arrow keys lead to the
 * others; so with the buttons of a toolbar. Of several links of a page to one address the first is a stop.
 */
addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll(".copybtn")) button.tabIndex = -1;

  const linked = new Set();
  for (const link of document.querySelectorAll("article.bd-article a[href]:not([tabindex])")) {
    if (linked.has(link.href)) link.tabIndex = -1;
    linked.add(link.href);
  }

  const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  function rove(items) {
    items.forEach((item, k) => {
      item.tabIndex = k ? -1 : 0;
      item.addEventListener("keydown", (event) => {
        const next = items[k + steps[event.key]];
        if (!next || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        item.tabIndex = -1;
        next.tabIndex = 0;
        next.focus();
      });
    });
  }

  for (const first of document.querySelectorAll("details.quiz")) {
    if (first.previousElementSibling?.matches("details.quiz")) continue;
    const options = [];
    for (let option = first; option?.matches("details.quiz"); option = option.nextElementSibling)
      options.push(option.querySelector("summary"));
    rove(options);
  }
  for (const bar of document.querySelectorAll("[role=group] > button:first-child"))
    rove([...bar.parentElement.querySelectorAll(":scope > button")]);
});
