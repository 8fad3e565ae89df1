/* Light or dark, chosen before the first paint; read and set by the account menu (shell.js). */

"use strict";

(() => {
  const KEY = "adminTheme";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try { return JSON.parse(localStorage.getItem(KEY)) || "auto"; } catch { return "auto"; }
  };
  const show = () => {
    const theme = chosen();
    const isDark = theme === "dark" || (theme === "auto" && dark.matches);
    document.documentElement.classList.toggle("dark", isDark);
    document.documentElement.dataset.theme = theme;
  };
  window.rapportTheme = (theme) => { localStorage.setItem(KEY, JSON.stringify(theme)); show(); };
  dark.addEventListener("change", show);
  if (localStorage.getItem("sidebarDesktopOpen") === "0") document.documentElement.classList.add("r-nav-folded");
  show();
})();
