// Draws the table of periods as charts. What a chart shows, the table says.
import uPlot from './uplot.js';

const rows = [...document.querySelectorAll('.point')];
// A period without a value is a gap in the line.
const numbers = (name) => rows.map((row) => (row.dataset[name] === '' ? null : Number(row.dataset[name])));
const labels = rows.map((row) => row.dataset.label);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);

function draw(place) {
  const series = place.dataset.series.split(',').map((entry) => entry.split(':'));
  place.replaceChildren();
  const axis = { stroke: colour('--ink-soft'), grid: { stroke: colour('--line') } };
  return new uPlot({
    width: place.clientWidth, height: 220, cursor: { show: false }, scales: { x: { time: false }, y: { range: (_, low, high) => [0, Number(place.dataset.most) || high * 1.1 || 1] } }, legend: { live: false },
    axes: [{ ...axis, values: (_, at) => at.map((i) => labels[i] ?? '') }, { ...axis, size: 70 }],
    series: [{}, ...series.map(([, name, tone]) => ({ label: name, stroke: colour(tone), width: 2, spanGaps: false, points: { show: rows.length < 40 } }))],
  }, [rows.map((_, i) => i), ...series.map(([key]) => numbers(key))], place);
}

document.querySelectorAll('.charts').forEach((charts) => { charts.hidden = false; });
const places = [...document.querySelectorAll('.chart')];
let charts = places.map(draw);
const again = () => { charts.forEach((chart) => chart.destroy()); charts = places.map(draw); };
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again);
addEventListener('resize', again);
