/* A search of sections: a hit leads to its section and quotes its sentences. The sections stand in a script
 * (sections.js), so that nothing is fetched and the search works from a folder, too. Stemmer and stop words are
 * Sphinx's own.
 */
{
  const MOST = 40; // results shown
  const EXCERPT = 220; // characters quoted
  const stemmer = new Stemmer();
  const stems = (text) => splitQuery(text.toLowerCase()).map((word) => stemmer.stemWord(word));

  // Counts of the stems of each section: in its title, its text and its code.
  let counted = null;
  function count(text) {
    const found = new Map();
    for (const stem of stems(text)) found.set(stem, (found.get(stem) ?? 0) + 1);
    return found;
  }
  function read() {
    counted ??= window.lstmSections.map(([url, page, title, text, code]) => ({
      url, page, title, text, code, inTitle: count(title), inPage: count(page), inText: count(text), inCode: count(code),
    }));
    return counted;
  }

  /* The score of a section for one term: its title above all, then how often the text has it, with less for each
   * further time and for long sections; 0 if the term does not occur. */
  function score(section, term) {
    const times = (map) => map.get(term) ?? 0;
    const often = times(section.inText) + times(section.inCode) / 2;
    const length = 1 + section.text.length / 3000;
    return 4 * Math.min(1, times(section.inTitle)) + (3 * often) / (often + length) +
      (often || times(section.inTitle) ? Math.min(1, times(section.inPage)) : 0);
  }

  function find(query) {
    const asked = stems(query);
    const useful = asked.filter((_, k) => !stopwords.includes(splitQuery(query.toLowerCase())[k]));
    const terms = [...new Set(useful.length ? useful : asked)];
    const sections = read();
    const rare = terms.map((term) => {
      const n = sections.filter((section) => score(section, term) > 0).length;
      return Math.log(1 + sections.length / (1 + n));
    });
    const phrase = query.toLowerCase().trim();
    return sections
      .map((section) => {
        const scores = terms.map((term) => score(section, term));
        if (!terms.length || scores.includes(0)) return [0, section];
        let total = scores.reduce((sum, value, k) => sum + value * rare[k], 0);
        if (section.title.toLowerCase().includes(phrase)) total *= 1.5;
        else if (terms.length > 1 && section.text.toLowerCase().includes(phrase)) total *= 1.3;
        if (section.title.toLowerCase() === phrase) total *= 2;
        return [total, section];
      })
      .filter(([total]) => total > 0)
      .sort(([a], [b]) => b - a)
      .map(([, section]) => section);
  }

  /* The part of a section's text, or else of its code, around the first of the terms, each of them marked. */
  const hitsIn = (text, terms) =>
    [...text.matchAll(/[\p{Letter}\p{Number}_]+/gu)].filter(([word]) => terms.has(stemmer.stemWord(word.toLowerCase())));
  function quote({ text: prose, code }, terms) {
    const text = hitsIn(prose, terms).length || !hitsIn(code, terms).length ? prose : code;
    const hits = hitsIn(text, terms);
    const first = hits.length ? hits[0].index : 0;
    let start = Math.max(0, first - EXCERPT / 3);
    if (start > 0) start = text.indexOf(" ", start) + 1;
    let end = Math.min(text.length, start + EXCERPT);
    if (end < text.length) end = Math.max(text.lastIndexOf(" ", end), first + 1);
    const quoted = document.createElement("p");
    quoted.className = "context";
    let at = start;
    quoted.append(start > 0 ? "… " : "");
    for (const { 0: word, index } of hits) {
      if (index < at || index + word.length > end) continue;
      const mark = document.createElement("mark");
      mark.textContent = word;
      quoted.append(text.slice(at, index), mark);
      at = index + word.length;
    }
    quoted.append(text.slice(at, end), end < text.length ? " …" : "");
    return quoted;
  }

  Search.hasIndex = () => true;
  Search.query = (query) => {
    Search.stopPulse();
    document.getElementById("search-progress")?.replaceChildren();
    const found = find(query);
    const terms = new Set(stems(query));
    for (const section of found.slice(0, MOST)) {
      const { url, page, title } = section;
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = url;
      link.textContent = title;
      item.append(link, title === page ? "" : ` · ${page}`, quote(section, terms));
      Search.output.append(item);
    }
    Search.title.innerText = _("Search Results");
    Search.status.innerText = found.length
      ? `${found.length} section${found.length > 1 ? "s" : ""} with all of these words` +
        (found.length > MOST ? `, the first ${MOST} are shown.` : ".")
      : "No section has all of these words. Try fewer of them, or other forms.";
  };
}
