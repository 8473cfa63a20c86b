"use strict";

// What the report can do beyond being read: theme, tabs, copying, filtering, zoom. Without it everything is shown, one below another.

const root = document.documentElement;

function remembered() {
  try { return localStorage.getItem("advisor-theme"); } catch { return null; }
}

function remember(theme) {
  try { localStorage.setItem("advisor-theme", theme); } catch { /* a page opened from disk may have no storage */ }
}

if (remembered()) root.dataset.theme = remembered();

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function setUpTheme() {
  const button = document.getElementById("theme");
  const show = () => {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-pressed", String(isDark()));
    button.setAttribute("aria-label", isDark() ? "Change to the light theme" : "Change to the dark theme");
  };
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    remember(root.dataset.theme);
    show();
  });
  button.hidden = false;
  show();
}

function setUpTabs(group) {
  const panels = [...group.querySelectorAll(":scope > .block")];
  const list = document.createElement("div");
  list.className = "tabs";
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", group.dataset.tabs);
  const tabs = panels.map((panel) => {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.id = `${panel.id}-tab`;
    tab.textContent = panel.querySelector(".language").textContent;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panel.id);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    list.append(tab);
    return tab;
  });
  const select = (chosen, focus) => {
    tabs.forEach((tab, number) => {
      tab.setAttribute("aria-selected", String(number === chosen));
      tab.tabIndex = number === chosen ? 0 : -1;
      panels[number].hidden = number !== chosen;
    });
    if (focus) tabs[chosen].focus();
  };
  tabs.forEach((tab, number) => {
    tab.addEventListener("click", () => select(number, false));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      select((number + step + tabs.length) % tabs.length, true);
    });
  });
  group.prepend(list);
  group.classList.add("tabbed");
  select(0, false);
}

async function copyText(text) {
  if (navigator.clipboard) {
    try { return await navigator.clipboard.writeText(text); } catch { /* not allowed here: the older way may be */ }
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("copying is not allowed");
}

function setUpCopy(button) {
  const code = button.closest(".block").querySelector("pre code");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await copyText(code.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1600);
  });
}

function setUpFilter(form) {
  const findings = [...document.querySelectorAll(".finding")];
  const files = [...document.querySelectorAll(".file")];
  const apply = () => {
    const data = new FormData(form);
    const severities = new Set(data.getAll("severity"));
    const category = data.get("category");
    const words = data.get("text").toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const finding of findings) {
      const { severity, category: own, search } = finding.dataset;
      finding.hidden = !(severities.has(severity) && (!category || own === category) && words.every((word) => search.includes(word)));
      if (!finding.hidden) shown += 1;
    }
    for (const file of files) file.hidden = !file.querySelector(".finding:not([hidden])");
    document.getElementById("shown").textContent = `${shown} of ${findings.length} shown`;
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  apply();
}

function setUpZoom(diagram) {
  const canvas = diagram.querySelector(".canvas");
  const pictures = [...canvas.querySelectorAll("svg.er")];
  const widest = Math.max(...pictures.map((picture) => Number(picture.dataset.width)));
  let scale = 1;
  const zoom = (wanted) => {
    scale = Math.min(Math.max(wanted, 0.2), 3);
    for (const picture of pictures) {
      picture.setAttribute("width", Math.round(picture.dataset.width * scale));
      picture.setAttribute("height", Math.round(picture.dataset.height * scale));
    }
  };
  const fitting = () => Math.min(1, (canvas.clientWidth - 32) / widest);
  const actions = { in: () => zoom(scale * 1.25), out: () => zoom(scale / 1.25), one: () => zoom(1), fit: () => zoom(fitting()) };
  for (const button of diagram.querySelectorAll("[data-zoom]")) button.addEventListener("click", actions[button.dataset.zoom]);
  diagram.querySelector(".zoom").hidden = false;
  // A diagram that is a little too wide is made to fit; one that would become too small to read scrolls.
  if (fitting() > 0.7) zoom(fitting());
}

// The boxes of a plan: one of them is in the tab order, arrow keys go to the next (down to what is below, up, and to the neighbours
// in the row), and what is pointed at or focused is told in words below the picture.
function setUpPicture(figure) {
  const boxes = [...figure.querySelectorAll(".box")];
  const readout = figure.querySelector(".readout");
  const tell = (box) => { readout.textContent = box.querySelector("title").textContent; };
  const level = (box) => Number(box.getAttribute("aria-level"));
  const places = new Map(boxes.map((box) => [box, box.querySelector("rect").x.baseVal.value]));
  const parent = (box) => boxes.slice(0, boxes.indexOf(box)).findLast((other) => level(other) < level(box));
  const child = (box) => {
    const next = boxes[boxes.indexOf(box) + 1];
    return next && level(next) > level(box) ? next : undefined;
  };
  const beside = (box, step) => {
    const row = boxes.filter((other) => level(other) === level(box)).sort((one, other) => places.get(one) - places.get(other));
    return row[row.indexOf(box) + step];
  };
  const moves = {
    ArrowDown: child,
    ArrowUp: parent,
    ArrowRight: (box) => beside(box, 1),
    ArrowLeft: (box) => beside(box, -1),
    Home: () => boxes[0],
    End: () => boxes.at(-1),
  };
  const focus = (box) => {
    for (const other of boxes) other.setAttribute("tabindex", other === box ? "0" : "-1");
    box.focus();
  };
  for (const box of boxes) {
    box.addEventListener("focus", () => tell(box));
    box.addEventListener("pointerenter", () => tell(box));
    box.addEventListener("keydown", (event) => {
      if (!moves[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const next = moves[event.key](box);
      if (next) focus(next);
    });
  }
  tell(boxes[0]);
  readout.hidden = false;
}

// A link to something folded away, or filtered out, brings it into sight.
function revealTarget() {
  const target = location.hash ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  if (!target) return;
  if (target.matches(".finding[hidden]")) {
    document.getElementById("filter").reset();
    document.getElementById("filter").dispatchEvent(new Event("input"));
  }
  for (let element = target; element; element = element.parentElement) {
    if (element.tagName === "DETAILS") element.open = true;
  }
  target.scrollIntoView();
}

document.addEventListener("DOMContentLoaded", () => {
  setUpTheme();
  document.querySelectorAll("[data-tabs]").forEach(setUpTabs);
  document.querySelectorAll(".copy").forEach(setUpCopy);
  const form = document.getElementById("filter");
  if (form) setUpFilter(form);
  document.querySelectorAll(".diagram").forEach(setUpZoom);
  document.querySelectorAll("figure.icicle").forEach(setUpPicture);
  revealTarget();
});
addEventListener("hashchange", revealTarget);
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details:not(.paths):not(.rule-page)")) details.open = true;
});
