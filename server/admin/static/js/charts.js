// Draws the charts of a page. ECharts is fetched only where there is one; colours come from the style sheet.
const drawn = new Map();

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// HTML tooltips write style attributes, which our policy forbids; rich text is drawn like the rest.
function dressed(option) {
  const ink = token("--ink-2");
  const line = token("--line");
  const axis = { axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, axisLabel: { color: ink }, splitLine: { lineStyle: { color: line } } };
  const axes = (given) => (given ? [].concat(given).map((each) => ({ ...axis, ...each })) : given);
  return {
    color: ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6"].map(token),
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink },
    animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
    aria: { enabled: true, decal: { show: Boolean(option.series?.length > 1) } },
    grid: { left: 8, right: 12, top: 32, bottom: 8, containLabel: true },
    ...option,
    legend: option.legend && { textStyle: { color: ink }, icon: "roundRect", itemWidth: 10, itemHeight: 10, top: 0, right: 0, ...option.legend },
    tooltip: {
      trigger: "axis",
      backgroundColor: token("--surface"),
      borderColor: line,
      textStyle: { color: token("--ink") },
      ...option.tooltip,
      renderMode: "richText",
    },
    xAxis: axes(option.xAxis),
    yAxis: axes(option.yAxis),
  };
}

async function draw(canvas) {
  const option = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
  const { init } = await import(canvas.dataset.echarts);
  if (!canvas.isConnected) return;
  drawn.get(canvas)?.dispose();
  const chart = init(canvas, null, { renderer: "svg" });
  chart.setOption(dressed(option));
  canvas.classList.add("chart-drawn");
  drawn.set(canvas, chart);
}

function drawNew() {
  for (const [canvas, chart] of drawn) {
    if (canvas.isConnected) continue;
    chart.dispose();
    drawn.delete(canvas);
  }
  for (const canvas of document.querySelectorAll("[data-chart]")) if (!drawn.has(canvas)) draw(canvas);
}

document.addEventListener("htmx:after:swap", drawNew);
document.documentElement.addEventListener("theme:changed", () => [...drawn.keys()].forEach(draw));
window.addEventListener("resize", () => drawn.forEach((chart) => chart.resize()));
window.addEventListener("beforeprint", () => drawn.forEach((chart) => chart.resize()));
drawNew();
