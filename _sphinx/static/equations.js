/* A link to an equation shows the formula while it is pointed at or has the focus, on any page of the book.
 * Escape hides it. The formulas stand in formulas.js, so that this works from a folder, too.
 */
addEventListener("DOMContentLoaded", () => {
  const card = document.createElement("div");
  card.id = "eq-preview";
  card.setAttribute("role", "tooltip");
  card.hidden = true;
  document.body.append(card);
  let shown = null;

  function hide() {
    shown?.removeAttribute("aria-describedby");
    shown = null;
    card.hidden = true;
  }

  async function show(link) {
    const tag = link.hash.replace("#eq-", "");
    const [tex, chapter] = window.lstmFormulas?.[tag] ?? [];
    if (!tex || !window.MathJax?.tex2chtmlPromise) return;
    hide();
    shown = link;
    const formula = await MathJax.tex2chtmlPromise(tex, { display: true });
    if (shown !== link) return;
    const caption = document.createElement("p");
    caption.textContent = `(${tag}) · ${chapter}`;
    card.replaceChildren(formula, caption);
    MathJax.startup.document.clear();
    MathJax.startup.document.updateDocument();
    card.hidden = false;
    const at = link.getBoundingClientRect();
    card.style.left = `${Math.max(8, Math.min(at.left, innerWidth - card.offsetWidth - 8)) + scrollX}px`;
    const above = at.top - card.offsetHeight - 8;
    card.style.top = `${(above > 60 ? above : at.bottom + 8) + scrollY}px`;
    link.setAttribute("aria-describedby", card.id);
  }

  for (const link of document.querySelectorAll("a.eq-link")) {
    link.addEventListener("pointerenter", ({ pointerType }) => pointerType === "mouse" && show(link));
    link.addEventListener("focus", () => link.matches(":focus-visible") && show(link));
    link.addEventListener("pointerleave", () => document.activeElement !== link && hide());
    link.addEventListener("blur", hide);
  }
  addEventListener("keydown", ({ key }) => key === "Escape" && hide());
});
