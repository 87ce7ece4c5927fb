#include "report/html_style.h"

namespace report {

const std::string_view html_style = R"css(
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --sheet: #ffffff; --sunk: #f3f5f7; --line: #e1e5ea; --rule: #c9d0d8;
  --text: #1d242c; --soft: #5b6673;
  --good: #17713a; --good-soft: #e6f5eb; --bad: #b3261e; --bad-soft: #fdecea; --warn: #8a5a00; --warn-soft: #fff4dc;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1318; --sheet: #161b22; --sunk: #1d242d; --line: #2a323c; --rule: #414b57;
    --text: #e3e8ee; --soft: #97a3b0;
    --good: #6fd394; --good-soft: #12291b; --bad: #ff8a80; --bad-soft: #341615; --warn: #f0c368; --warn-soft: #2e2410;
  }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 2.5rem 1rem 4rem; background: var(--page); color: var(--text);
  font: 400 1rem/1.55 var(--sans); -webkit-text-size-adjust: 100%; }
main { max-width: 62rem; margin: 0 auto; padding: 2.25rem 2.5rem 2.5rem; background: var(--sheet);
  border: 1px solid var(--line); border-radius: 12px; }
main > :first-child { margin-top: 0; }
main > :last-child, .inside > :last-child { margin-bottom: 0; }
h1, h2, h3, h4 { line-height: 1.25; text-wrap: balance; overflow-wrap: anywhere; }
h1 { margin: 0 0 1.25rem; font-size: 1.625rem; font-weight: 650; letter-spacing: -0.012em; }
h2 { margin: 2.5rem 0 0.85rem; font-size: 1.125rem; font-weight: 650; }
h3, h4 { margin: 1.5rem 0 0.5rem; font-size: 1rem; font-weight: 600; }
p, ul, dl, figure, .wide { margin: 0 0 1rem; }
p, li, dd, th, td, summary { white-space: pre-wrap; overflow-wrap: anywhere; }
th, td { overflow-wrap: break-word; }
ul { padding-left: 1.2rem; }
li { margin: 0.4rem 0; }
li::marker { color: var(--soft); }
code, pre { font-family: var(--mono); font-size: 0.875em; font-variant-ligatures: none; }
strong { font-weight: 600; }
.muted { color: var(--soft); }
.good { color: var(--good); }
.bad { color: var(--bad); font-weight: 600; }
.warning { color: var(--warn); font-weight: 500; }

.banner { margin: 0 0 2rem; padding: 1.25rem 1.5rem; background: var(--sunk); border: 1px solid var(--rule);
  border-left: 8px solid var(--soft); border-radius: 10px; }
.banner p { margin: 0.2rem 0 0; color: var(--text); font-weight: 400; }
.banner .headline { margin: 0; color: inherit; font-size: 1.5rem; font-weight: 700; line-height: 1.25;
  letter-spacing: 0.005em; overflow-wrap: anywhere; }
.banner .headline + p { margin-top: 0.6rem; }
.banner.good { background: var(--good-soft); border-color: var(--good); }
.banner.bad { background: var(--bad-soft); border-color: var(--bad); }
.banner.warning { background: var(--warn-soft); border-color: var(--warn); }
.banner.muted .headline { color: var(--soft); }
.mark { margin-right: 0.5rem; }

.wide { overflow-x: auto; }
.wide:focus-visible, summary:focus-visible { outline: 2px solid var(--soft); outline-offset: 3px; border-radius: 4px; }
table { width: 100%; border-collapse: collapse; font-size: 0.9375rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.4rem 0.75rem; text-align: left; vertical-align: baseline; font-weight: 400; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
thead th { padding-top: 0; color: var(--soft); font-size: 0.8125rem; white-space: pre; border-bottom: 1px solid var(--rule); }
tbody tr + tr > * { border-top: 1px solid var(--line); }
tbody tr.part > * { border-top-color: transparent; padding-top: 0.05rem; }
tbody tr.part > th { padding-left: calc(1.25rem * var(--depth, 1)); }
@media (min-width: 40rem) { tbody th { min-width: 17rem; } }
.right { text-align: right; white-space: pre; }

dl { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr; gap: 0.3rem 1.5rem; }
dt { color: var(--soft); }
dd { margin: 0; }
figcaption { margin-bottom: 0.35rem; color: var(--soft); font-size: 0.875rem; overflow-wrap: anywhere; }
pre { margin: 0; padding: 0.85rem 1rem; overflow-x: auto; background: var(--sunk); border-radius: 8px; line-height: 1.5; tab-size: 4; }
pre code { font-size: inherit; }

details { margin: 0 0 0.75rem; border: 1px solid var(--line); border-radius: 8px; }
summary { padding: 0.6rem 1rem 0.6rem 2.25rem; cursor: pointer; list-style: none; position: relative; }
summary::-webkit-details-marker { display: none; }
summary::before { content: ""; position: absolute; left: 1.05rem; top: 1.1rem; width: 0.4rem; height: 0.4rem;
  border: solid var(--soft); border-width: 0 1.5px 1.5px 0; transform: rotate(-45deg); }
details[open] > summary::before { transform: rotate(45deg); top: 1rem; }
details[open] > summary { border-bottom: 1px solid var(--line); }
summary:hover { background: var(--sunk); border-radius: 8px; }
.inside { padding: 0.9rem 1rem 0.75rem; }

@media (max-width: 40rem) {
  body { padding: 0; }
  main { padding: 1.25rem 1rem 2rem; border: 0; border-radius: 0; }
  h1 { font-size: 1.375rem; }
  .banner { padding: 1rem 1.1rem; }
  .banner .headline { font-size: 1.25rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin: 0 0 0.5rem; }
  table { font-size: 0.875rem; }
  th, td { padding: 0.35rem 0.5rem; }
  .inside { padding: 0.75rem; }
}
@media print {
  :root { color-scheme: light; --page: #fff; --sheet: #fff; --sunk: #f5f5f5; --line: #ddd; --rule: #999; --text: #000;
    --soft: #555; --good: #125c2f; --good-soft: #fff; --bad: #a01c15; --bad-soft: #fff; --warn: #6f4800; --warn-soft: #fff; }
  @page { margin: 16mm; }
  body { padding: 0; font-size: 10pt; }
  main { max-width: none; padding: 0; border: 0; }
  h1, h2, h3, h4, summary, thead { break-after: avoid; }
  tr, li, .banner, figure { break-inside: avoid; }
  .wide, pre { overflow: visible; }
  pre { white-space: pre-wrap; }
  details::details-content { display: block; content-visibility: visible; }
}
)css";

}  // namespace report
