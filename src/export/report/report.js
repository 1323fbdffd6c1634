/* Draws what the data block of the page says. Names in it are strangers': they become text nodes and attributes that
 * nothing runs, never markup. How a value is written comes with it; only axes are written here. */
"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const main = document.querySelector("main");
const SEVERITIES = ["info", "warning", "critical"];
const FIRST_ROWS = 12; /* of a table, until all are asked for */
const PAPER = 125; /* characters that a page is wide, in the print's size */

/* -- elements ------------------------------------------------------------------------------------------------- */

const fill = (node, attributes, children) => {
	for (const [name, value] of Object.entries(attributes))
		if (value !== undefined && value !== "")
			node.setAttribute(name, value);
	node.append(...children);
	return node;
};
const make = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);
const shape = (name, attributes = {}, ...children) =>
	fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);

/* -- numbers of axes, and times ------------------------------------------------------------------------------- */

const round = n => String(Number(n.toPrecision(n < 100 ? 2 : 3)));
const scaled = n => {
	const step = n >= 1e9 ? 3 : n >= 1e6 ? 2 : n >= 1e3 ? 1 : 0;
	return [round(n / 1000 ** step), ["", "k", "M", "G"][step]];
};
const units = {
	"bytes/s": n => scaled(n).join(" ") + "B/s",
	"us": n => n >= 1e6 ? round(n / 1e6) + " s" : n >= 1e3 ? round(n / 1e3) + " ms" : round(n) + " µs",
	"": n => scaled(n).join(""),
	"/s": n => scaled(n).join("") + "/s",
};
/* Of day, where the machine was: the texts of the tables are, too. */
const local = seconds => new Date((seconds + data.offset) * 1000).toISOString();
const day = seconds => local(seconds).slice(0, 10);
const clock = seconds => local(seconds).slice(11, 19);
/* With its day, where that is another than the first. */
const moment = seconds => (day(seconds) === day(data.from) ? "" : day(seconds) + " ") + clock(seconds);
const lasted = seconds => {
	const s = Math.round(seconds);
	return s < 120 ? `${s} s` : s < 7200 ? `${Math.floor(s / 60)} min ${s % 60} s`
		: `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
};
/* The least of 1, 2, 5 times a power of ten that is not below. */
const above = n => {
	const ten = 10 ** Math.floor(Math.log10(n));
	return [1, 2, 5, 10].map(x => x * ten).find(x => x >= n * 0.999);
};

/* -- what is wrong, when, where, what is missing --------------------------------------------------------------- */

const finding = f => `${moment(f.began)}, for ${f.since}` + (f.ended ? "" : ", still so at the end");
const beginning = () => {
	const [worst, ...others] = data.findings;
	const wrong = data.findings.filter(f => f.severity > 0).length;
	const more = make("ol", {class: "more"}, ...others.slice(0, 5).map(f =>
		make("li", {class: SEVERITIES[f.severity]}, make("div", {}, f.text),
			make("div", {class: "note"}, [finding(f), f.advice].filter(x => x).join(" · ")))));

	main.replaceChildren(make("header", {},
		make("p", {class: "brand"}, `skbtop report · ${data.host || "unknown machine"}`),
		make("div", {class: `worst ${worst ? SEVERITIES[worst.severity] : ""}`},
			make("h1", {}, worst ? worst.text : "Nothing was wrong"),
			make("p", {class: "advice"}, worst ? worst.advice : `${data.checks} checks, none spoke.`),
			make("p", {class: "note"}, worst ? finding(worst) : "")),
		...others.length ? [more] : [],
		facts(wrong)));
};
const facts = wrong => {
	const list = lines => make("ul", {}, ...lines.map(text => make("li", {}, text)));
	const lost = Object.entries(data.tick.lost ?? {}).filter(([, n]) => n > 0)
		.map(([name, n]) => `${data.lost[name]}: ${n}`);
	const entries = [
		["When", `${day(data.from)} ${clock(data.from)} to ${moment(data.to)} ${data.zone}, ` +
			`${lasted(data.to - data.from)}, ${data.ticks} ticks`],
		["Machine", [data.host, data.kernel && `Linux ${data.kernel}`, data.cpus && `${data.cpus} CPUs`]
			.filter(x => x).join(", ")],
		["Source", data.source],
		["Found", wrong ? `warnings or worse: ${wrong}, by ${data.checks} checks` : "nothing"],
		["Lost", lost.length ? list(lost) : "nothing that skbtop knows of"],
		["Not seen", data.unseen.length && list(data.unseen)],
	];
	return make("dl", {}, ...entries.filter(([, what]) => what)
		.flatMap(([term, what]) => [make("dt", {}, term), make("dd", {}, what)]));
};

/* -- graphs --------------------------------------------------------------------------------------------------- */

const HEIGHT = 150, LEFT = 64, BOTTOM = 22, SPANS = 7;
const times = data.series.times;
const x_of = (t, width) => {
	const from = times[0], to = Math.max(times[times.length - 1], from + 1);
	return LEFT + Math.min(Math.max((t - from) / (to - from), 0), 1) * (width - LEFT - 6);
};

/* A line ends where nothing is known, and where no tick came for a while: the machine slept, or nobody listened. */
const PAUSE = 4 * (times[times.length - 1] - times[0]) / Math.max(times.length - 1, 1);
const curves = (graph, width, top) => graph.lines.flatMap((line, i) => {
	const y = v => HEIGHT - BOTTOM - v / top * (HEIGHT - BOTTOM - 10);
	let path = "", drawn = 0;
	line.values.forEach((v, k) => {
		if (v === null)
			return;
		const joins = k > 0 && line.values[k - 1] !== null && times[k] - times[k - 1] <= PAUSE;
		path += `${joins ? "L" : "M"}${x_of(times[k], width).toFixed(1)} ${y(v).toFixed(1)}`;
		drawn++;
	});
	const last = line.values.findLastIndex(v => v !== null);
	return drawn ? [shape("path", {class: `curve l${i}`, d: path}),
		...drawn === 1 ? [shape("circle", {class: `dot l${i}`, cx: x_of(times[last], width), r: 2.5,
			cy: y(line.values[last])})] : []] : [];
});

/* Below the curves: when something was wrong, the worst on top. */
const spans = width => data.findings.filter(f => f.severity > 0).reverse().map(f => {
	const from = x_of(f.began, width), to = x_of(f.until, width);
	return shape("rect", {class: `span ${SEVERITIES[f.severity]}`, x: from, width: Math.max(to - from, 2),
		y: HEIGHT - BOTTOM + 2, height: 3}, shape("title", {}, f.text));
});

const axes = (graph, width, top) => [
	...[0, 0.5, 1].flatMap(part => {
		const y = HEIGHT - BOTTOM - part * (HEIGHT - BOTTOM - 10);
		return [shape("line", {class: "grid", x1: LEFT, x2: width - 6, y1: y, y2: y}),
			shape("text", {x: LEFT - 8, y: y + 4, "text-anchor": "end"}, units[graph.unit](part * top))];
	}),
	...[[times[0], "start"], [times[times.length - 1], "end"]].map(([t, anchor]) =>
		shape("text", {x: x_of(t, width), y: HEIGHT - 3, "text-anchor": anchor}, moment(t))),
];

const known = values => values.filter(v => v !== null);
const sum_up = (graph, line) => {
	const values = known(line.values), mean = values.reduce((a, b) => a + b, 0) / values.length;
	return values.length ? `${line.name} ${units[graph.unit](mean)}, most ${units[graph.unit](Math.max(...values))}`
		: `${line.name} not known`;
};

const graph_of = graph => {
	const keys = graph.lines.map((line, i) => make("span", {class: `key k${i}`}, sum_up(graph, line)));
	const words = keys.map(key => key.textContent).join("; ");
	const svg = shape("svg", {role: "img", "aria-label": `${graph.title}: ${words}`});
	const figure = make("figure", {}, make("figcaption", {}, make("h3", {}, graph.title), ...keys), svg);
	const top = above(Math.max(...graph.lines.flatMap(line => known(line.values)), 1));
	const cursor = shape("line", {class: "cursor", y1: 4, y2: HEIGHT - BOTTOM, visibility: "hidden"});
	let width = 0;

	new ResizeObserver(([entry]) => {
		const now = Math.round(entry.contentRect.width);
		if (now === width || matchMedia("print").matches)
			return;
		width = now;
		svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
		svg.replaceChildren(...axes(graph, width, top), ...spans(width), ...curves(graph, width, top), cursor);
	}).observe(figure);
	svg.addEventListener("pointermove", event => {
		const at = event.clientX - svg.getBoundingClientRect().left;
		const k = times.reduce((best, t, i) =>
			Math.abs(x_of(t, width) - at) < Math.abs(x_of(times[best], width) - at) ? i : best, 0);
		const x = x_of(times[k], width);
		fill(cursor, {x1: x, x2: x, visibility: "visible"}, []);
		keys.forEach((key, i) => {
			const v = graph.lines[i].values[k];
			key.textContent = `${graph.lines[i].name} ${v === null ? "not known" : units[graph.unit](v)} ` +
				`at ${moment(times[k])}`;
		});
	});
	svg.addEventListener("pointerleave", () => {
		cursor.setAttribute("visibility", "hidden");
		keys.forEach((key, i) => { key.textContent = sum_up(graph, graph.lines[i]); });
	});
	return figure;
};

const graphs = () => {
	const drawn = data.series.graphs.filter(g => g.lines.some(line => known(line.values).length));
	const thin = data.series.stride > 1 ? `Each point stands for ${data.series.stride} ticks: their mean, ` +
		"of 99th percentiles the largest. " : "";
	return drawn.length ? make("section", {id: "graphs"}, make("div", {class: "head"}, make("h2", {}, "Over time"),
		make("p", {class: "note"}, `${thin}Marks below a curve: something was wrong.`)),
		make("div", {class: "graphs"}, ...drawn.map(graph_of))) : "";
};

/* -- cells ----------------------------------------------------------------------------------------------------- */

const bars = values => {
	const top = Math.max(...known(values), 0) || 1, wide = 100 / Math.max(values.length, 1);
	return shape("svg", {viewBox: "0 0 100 20", preserveAspectRatio: "none", "aria-hidden": "true"},
		...values.flatMap((v, i) => v === null || v <= 0 ? [] : [shape("rect", {class: "part l0", x: i * wide,
			width: wide * 0.8, y: 20 - v / top * 20, height: v / top * 20})]));
};

/* The parts of a call one after the other; below the one in which a server of this machine was at work, that one's. */
const total = parts => parts.reduce((sum, part) => sum + part[2], 0);
const steps = (parts, x, scale, y) => parts.flatMap(([name, place, us, served]) => {
	const from = x;
	x += us * scale;
	return [shape("rect", {class: `part l${place}`, x: from, width: us * scale, y, height: 6},
		shape("title", {}, `${name} ${units.us(us)}`)),
		...served ? steps(served, from + Math.max(us - total(served), 0) / 2 * scale, scale, y + 7) : []];
});
const waterfall = parts => {
	const deep = parts.some(part => part[3]);
	return shape("svg", {class: deep ? "deep" : "", viewBox: `0 0 100 ${deep ? 13 : 6}`,
		preserveAspectRatio: "none", "aria-hidden": "true"}, ...steps(parts, 0, 100 / total(parts), 0));
};

/* A cell is null, [value], [value, text] or [value, text, severity]. */
const text_of = cell => cell === null ? "" : String(cell[1] ?? cell[0]);
const number_of = (column, value) =>
	column.kind === "parts" ? total(value) : Array.isArray(value) ? value.at(-1) : value;
const compare_texts = new Intl.Collator("en", {numeric: true}).compare;
const compare = (column, down) => (a, b) => {
	if (a === null || b === null) /* what is not known comes last */
		return (a === null) - (b === null);
	const [x, y] = [number_of(column, a[0]), number_of(column, b[0])];
	const order = typeof x === "string" ? compare_texts(x, y) : x - y;
	return down ? -order : order;
};

const cell_of = (column, cell) => {
	const classes = [column.right && "right", column.kind, ["", "warning", "wrong"][cell?.[2] ?? 0]];
	const td = make("td", {class: classes.filter(x => x).join(" "),
		title: column.kind === "bars" ? "" : text_of(cell)});
	if (cell && column.kind === "bars")
		td.append(bars(cell[0]));
	else if (cell && column.kind === "parts")
		td.append(waterfall(cell[0]), text_of(cell));
	else
		td.append(text_of(cell));
	return td;
};

/* -- tables ---------------------------------------------------------------------------------------------------- */

/* How many columns have room, those of the lowest ranks first; of the others each cell gets the class. */
const fit = (columns, room, mark, node) => {
	const out = new Set();
	let used = 0;
	for (const c of [...columns].sort((a, b) => a.rank - b.rank))
		if (used + c.wide > room && c.rank > 1)
			out.add(c);
		else
			used += c.wide;
	for (const row of node.rows)
		for (const c of columns)
			row.cells[c.place].classList.toggle(mark, out.has(c));
	return out.size;
};

const table_of = table => {
	const state = {column: null, down: false, words: [], all: false, every: false};
	table.columns.forEach((c, at) => { c.at = at; });
	/* What is not known of any row takes no room. */
	const columns = table.columns.filter(c => table.rows.some(row => row.cells[c.at] !== null));
	columns.forEach((c, at) => {
		const longest = Math.max(c.title.length + 3, ...table.rows.map(row => text_of(row.cells[c.at]).length));
		c.place = at;
		c.wide = Math.min(longest, c.kind === "bars" ? 16 : c.kind ? 40 : 36) + 3;
	});

	const body = make("tbody"), count = make("p", {class: "note", "aria-live": "polite"});
	const heads = columns.map(c => make("th", {scope: "col", class: c.right ? "right" : ""},
		make("button", {type: "button", title: c.help}, c.title)));
	const node = make("table", {}, make("thead", {}, make("tr", {}, ...heads)), body);
	const scroll = make("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": table.title}, node);
	const filter = make("input", {type: "search", placeholder: "filter", "aria-label": `filter ${table.title}`});
	const all = make("button", {type: "button", class: "all"});
	const every = make("button", {type: "button", class: "columns", "aria-pressed": "false"});

	const settle = () => {
		const hidden = fit(columns, state.every ? Infinity : scroll.clientWidth / 7.2, "narrow", node);
		every.hidden = !hidden && !state.every;
		every.textContent = state.every ? "fewer columns" : `${hidden} more columns`;
		every.setAttribute("aria-pressed", state.every);
		fit(columns, PAPER, "no-paper", node);
	};
	const show = () => {
		const order = compare(state.column, state.down);
		let rows = table.rows.filter(row => state.words.every(word =>
			row.cells.some(cell => text_of(cell).toLowerCase().includes(word))));
		const matching = rows.length;
		if (state.column)
			rows.sort((a, b) => order(a.cells[state.column.at], b.cells[state.column.at]));
		rows = state.all ? rows : rows.slice(0, FIRST_ROWS);
		body.replaceChildren(...rows.map(row => make("tr", {class: row.ended ? "ended" : ""},
			...columns.map(c => cell_of(c, row.cells[c.at])))));
		const more = table.more.toLocaleString("en");
		count.textContent = (state.words.length ? `${matching} of ${table.counted}` : table.counted) +
			(table.more ? `, of which ${more} are not in this file` : "") + `; ${table.note}`;
		all.hidden = matching <= FIRST_ROWS;
		all.textContent = state.all ? "show fewer" : `show all ${matching}`;
		settle();
	};
	const sort = c => {
		state.down = state.column === c ? !state.down : c.descending;
		state.column = c;
		heads.forEach(th => th.removeAttribute("aria-sort"));
		heads[c.place].setAttribute("aria-sort", state.down ? "descending" : "ascending");
		show();
	};

	heads.forEach((th, i) => th.firstChild.addEventListener("click", () => sort(columns[i])));
	filter.addEventListener("input", () => {
		state.words = filter.value.toLowerCase().split(/\s+/).filter(x => x);
		show();
	});
	all.addEventListener("click", () => { state.all = !state.all; show(); });
	every.addEventListener("click", () => { state.every = !state.every; settle(); });
	show();
	new ResizeObserver(() => matchMedia("print").matches || settle()).observe(scroll);

	const places = new Set(columns.filter(c => c.kind === "parts").flatMap(c =>
		table.rows.flatMap(row => row.cells[c.at]?.[0].map(part => part[1]) ?? [])));
	const key = data.places.flatMap((name, i) => places.has(i) ? [make("span", {class: `key k${i}`}, name)] : []);
	return make("section", {id: table.name}, make("div", {class: "head"}, make("h2", {}, table.title), count,
		...key, every, filter), scroll, all);
};

/* -- the page --------------------------------------------------------------------------------------------------- */

document.title = `skbtop report: ${data.host} ${local(data.from).slice(0, 16).replace("T", " ")}`;
beginning();
const link = (id, title) => make("a", {href: `#${id}`}, title);
const graph_section = graphs();
main.append(make("nav", {"aria-label": "Contents"}, ...graph_section ? [link("graphs", "Over time")] : [],
	...data.tables.map(t => link(t.name, t.title))), graph_section, ...data.tables.map(table_of),
	make("footer", {}, `Written by skbtop ${data.version}. This page loads nothing and sends nothing.`));
})();
