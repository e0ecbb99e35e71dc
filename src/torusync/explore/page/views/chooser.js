// @ts-check
/**
 * Which two phases a section runs along: two lists, shown only where there is a choice.
 */

/**
 * @typedef {{value: number, name: string}} Choice
 * @typedef {{
 *   show: (choices: Choice[], chosen: [number, number] | null) => void,
 *   theme: (colors: import("./colors.js").Palette) => void,
 * }} Chooser
 *
 * @param {HTMLElement} host
 * @param {(first: number, second: number) => void} changed
 * @returns {Chooser}
 */
export function createChooser(host, changed) {
  const row = document.createElement("div");
  row.className = "chooser";
  row.style.cssText = "display:none;gap:0.5em;align-items:center;flex:0 0 auto;font-size:0.85rem;padding:0 0.5em";
  const lists = ["across", "up"].map((name) => {
    const shell = document.createElement("label");
    shell.append(`${name} `);
    const list = document.createElement("select");
    list.style.font = "inherit";
    shell.append(list);
    row.append(shell);
    return list;
  });
  host.append(row);
  const [first, second] = lists;
  lists.forEach((list, k) => {
    list.addEventListener("change", () => {
      const other = lists[1 - k];
      // the same phase twice is no plane: the two change places
      if (list.value === other.value) other.value = list.dataset["before"] ?? other.value;
      changed(Number(first.value), Number(second.value));
    });
  });
  let listed = "";
  return {
    show(choices, chosen) {
      const key = choices.map(({ value, name }) => `${value} ${name}`).join();
      if (key !== listed) {
        listed = key;
        for (const list of lists) {
          list.replaceChildren(...choices.map(({ value, name }) => new Option(name.replace(/_/g, ""), String(value))));
        }
      }
      row.style.display = choices.length > 2 ? "flex" : "none";
      if (chosen) {
        lists.forEach((list, k) => {
          list.value = String(chosen[k]);
          list.dataset["before"] = list.value;
        });
      }
    },
    theme(colors) {
      row.style.color = colors.muted;
      for (const list of lists) {
        list.style.color = colors.ink;
        list.style.background = colors.panel;
        list.style.border = `1px solid ${colors.grid}`;
      }
    },
  };
}
