(() => {
	"use strict";
	const page = document.documentElement;
	let paused = false, timer = 0, loading = null, typing = 0;

	// morph makes a like b and keeps what is the same, so that focus, selection and scrolling stay.
	function morph(a, b) {
		if (a.isEqualNode(b) || a.nodeType === 1 && "keep" in a.dataset) return;
		if (a.nodeType !== 1) {
			a.data = b.data;
			return;
		}
		for (const { name } of [...a.attributes]) if (!b.hasAttribute(name)) a.removeAttribute(name);
		for (const { name, value } of b.attributes) if (a.getAttribute(name) !== value) a.setAttribute(name, value);
		const named = new Map();
		for (const c of a.children) if (c.id) named.set(c.id, c);
		let next = a.firstChild;
		for (const c of [...b.childNodes]) {
			let same = c.id ? named.get(c.id) : next;
			if (same && (same.nodeName !== c.nodeName || (same.id || "") !== (c.id || ""))) same = null;
			if (!same) {
				a.insertBefore(document.importNode(c, true), next);
				continue;
			}
			if (same === next) next = next.nextSibling;
			else a.insertBefore(same, next);
			morph(same, c);
		}
		while (next) {
			const gone = next;
			next = next.nextSibling;
			gone.remove();
		}
	}

	async function load() {
		clearTimeout(timer);
		if (loading) loading.abort();
		const mine = loading = new AbortController();
		const offline = document.getElementById("offline");
		try {
			const answer = await fetch(location.pathname + location.search, { signal: mine.signal, cache: "no-cache", redirect: "error" });
			if (answer.status === 400) { // a server or a group is gone
				location.assign(location.pathname);
				return;
			}
			if (!answer.ok) throw new Error(answer.statusText);
			const doc = new DOMParser().parseFromString(await answer.text(), "text/html");
			if (mine !== loading) return;
			if (doc.documentElement.dataset.build !== page.dataset.build) {
				location.reload();
				return;
			}
			const focused = document.activeElement;
			for (const id of ["top", "main", "foot"]) morph(document.getElementById(id), doc.getElementById(id));
			if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
			document.title = doc.title;
			offline.textContent = "";
		} catch {
			if (mine !== loading) return;
			offline.textContent ||= "The exporter has not answered since " + new Date().toLocaleTimeString() + ": what you see is older.";
		}
		loading = null;
		plan();
	}

	function plan() {
		clearTimeout(timer);
		if (!paused && !document.hidden) timer = setTimeout(load, page.dataset.refresh * 1000);
	}

	async function go(url, replace) {
		history[replace ? "replaceState" : "pushState"](null, "", url);
		await load();
		const target = location.hash && document.getElementById(location.hash.slice(1));
		if (target && !replace) {
			target.focus({ preventScroll: true });
			target.scrollIntoView();
		}
	}

	function formURL() {
		const given = new FormData(document.getElementById("filter"));
		for (const [name, value] of [...given]) if (value === "") given.delete(name);
		return "?" + new URLSearchParams(given);
	}

	document.addEventListener("click", e => {
		const link = e.target.closest("a");
		if (!link || e.button || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
		if (link.id === "again") {
			e.preventDefault();
			load();
		} else if (link.getAttribute("href").startsWith("?")) {
			e.preventDefault();
			if (link.id === "clear") for (const field of document.getElementById("filter").elements) if (field.type !== "hidden") field.value = "";
			go(link.getAttribute("href"));
		}
	});
	document.addEventListener("submit", e => {
		e.preventDefault();
		clearTimeout(typing);
		go(formURL());
	});
	document.addEventListener("input", e => {
		clearTimeout(typing);
		if (e.target.form) typing = setTimeout(() => go(formURL(), true), 200);
	});
	document.addEventListener("visibilitychange", () => document.hidden ? clearTimeout(timer) : paused || load());
	addEventListener("popstate", load);

	const pause = document.createElement("button");
	pause.type = "button";
	pause.id = "pause";
	pause.textContent = "Pause";
	pause.setAttribute("aria-pressed", "false");
	pause.addEventListener("click", () => {
		paused = !paused;
		pause.setAttribute("aria-pressed", paused);
		if (paused) clearTimeout(timer);
		else load();
	});
	document.getElementById("controls").prepend(pause);
	plan();
})();
