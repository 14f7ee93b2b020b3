/* What a reader has done, kept in this browser alone: where they were, which exercises they ticked, which questions
 * they answered. The front page shows it and can erase it. Without storage (some private windows) nothing is kept.
 */
addEventListener("DOMContentLoaded", () => {
  const KEY = "lstm-course-progress";
  const article = document.querySelector("article.bd-article");
  const page = DOCUMENTATION_OPTIONS.pagename ?? "";
  if (!article) return;

  function read() {
    try {
      return JSON.parse(localStorage.getItem(KEY)) ?? {};
    } catch {
      return {};
    }
  }
  function write(change) {
    const kept = read();
    change(kept);
    try {
      localStorage.setItem(KEY, JSON.stringify(kept));
    } catch {
      // no storage: nothing is kept
    }
  }
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const heading = (element) => element?.innerText.replace(/#$/, "").trim() ?? "";

  if (/^chapters\/\d/.test(page)) {
    const title = heading(article.querySelector("h1"));
    const mine = (kept) => (kept[page] ??= { title, done: [], answered: [], exercises: 0, questions: 0 });

    // Exercises: a paragraph that begins with a bold number.
    const exercises = [...article.querySelectorAll("p > strong:first-child")].filter((bold) =>
      /^\d+\. /.test(bold.textContent)
    );
    const done = read()[page]?.done ?? [];
    for (const bold of exercises) {
      const name = bold.textContent;
      const box = make("input", { type: "checkbox", checked: done.includes(name), title: "done" });
      box.setAttribute("aria-label", `done: ${name}`);
      box.className = "exercise-done";
      box.addEventListener("change", () =>
        write((kept) => {
          const others = mine(kept).done.filter((other) => other !== name);
          mine(kept).done = box.checked ? [...others, name] : others;
        })
      );
      bold.before(box);
    }

    // Questions: the first of a row of options stands for all of them.
    const questions = [...article.querySelectorAll("details.quiz")].filter(
      (option) => !option.previousElementSibling?.matches("details.quiz")
    );
    questions.forEach((first, k) => {
      for (let option = first; option?.matches("details.quiz"); option = option.nextElementSibling)
        option.addEventListener("toggle", ({ target }) => {
          if (target.open) write((kept) => (mine(kept).answered = [...new Set([...mine(kept).answered, k])]));
        });
    });
    write((kept) => Object.assign(mine(kept), { title, exercises: exercises.length, questions: questions.length }));

    // Where the reader is: the last heading above the middle of the window.
    let waiting = 0;
    addEventListener("scroll", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        const above = [...article.querySelectorAll("section[id]")].filter(
          (section) => section.getBoundingClientRect().top < innerHeight / 2
        );
        const last = above.at(-1);
        if (last)
          write((kept) => (kept.last = { page, title, anchor: last.id, section: heading(last.querySelector("h1, h2, h3")) }));
      }, 400);
    });
  }

  const place = document.getElementById("progress");
  const kept = read();
  const chapters = Object.entries(kept).filter(([name, { done, answered }]) => name !== "last" && (done?.length || answered?.length));
  if (!place || (!kept.last && !chapters.length)) return;
  const root = document.documentElement.dataset.content_root ?? "./";
  place.append(make("h2", { textContent: "Where you are" }));
  if (kept.last) {
    const { page: at, anchor, title, section } = kept.last;
    const link = make("a", { href: `${root}${at}.html#${anchor}`, textContent: section === title ? title : `${title}: ${section}` });
    place.append(make("p", {}, "Go on with ", link));
  }
  if (chapters.length) {
    const rows = chapters.sort().map(([name, { title, done, exercises, answered, questions }]) =>
      make("li", {}, make("a", { href: `${root}${name}.html`, textContent: title }),
        `: ${done.length} of ${exercises} exercises, ${answered.length} of ${questions} questions`)
    );
    place.append(make("ul", {}, ...rows));
  }
  const erase = make("button", { type: "button", textContent: "Erase this", className: "sd-btn sd-btn-outline-secondary" });
  erase.addEventListener("click", () => {
    localStorage.removeItem(KEY);
    place.replaceChildren();
  });
  place.append(make("p", {}, "It is kept in this browser and nowhere else. ", erase));
});
