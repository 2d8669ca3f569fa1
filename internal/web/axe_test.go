//go:build pages

package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// axeResult is what the browser found on one page at one width.
type axeResult struct {
	Page  string `json:"page"`
	Width int    `json:"width"`
	Dark  bool   `json:"dark"`
	// Overflow is how many pixels the page is wider than its window.
	Overflow   int `json:"overflow"`
	Passes     int `json:"passes"`
	Violations []struct {
		ID    string `json:"id"`
		Help  string `json:"help"`
		Nodes []struct {
			HTML    string `json:"html"`
			Summary string `json:"failureSummary"`
		} `json:"nodes"`
	} `json:"violations"`
}

// runner loads each page in a frame of each width, lets axe look at it, and sends back what it found. Details are
// opened, so that what is folded is looked at. Each result is sent at once: a page may take long, silence may not.
const runner = `<!doctype html><html lang="en"><title>runner</title><body><script>
(async () => {
  const send = result => fetch("/result", { method: "POST", body: JSON.stringify(result) });
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  for (const page of PAGES) for (const width of [1100, 320]) {
    const frame = document.createElement("iframe");
    frame.width = width; frame.height = 900; frame.src = "/page/" + page;
    await new Promise(done => { frame.onload = done; document.body.append(frame); });
    const d = frame.contentDocument;
    for (const x of d.querySelectorAll("details")) x.open = true;
    const got = await frame.contentWindow.axe.run(d, { resultTypes: ["violations"], iframes: false });
    await send({ page, width, dark, overflow: d.documentElement.scrollWidth - frame.contentWindow.innerWidth, passes: got.passes.length,
      violations: got.violations.map(v => ({ id: v.id, help: v.help, nodes: v.nodes.slice(0, 5).map(n => ({ html: n.html.slice(0, 300), failureSummary: n.failureSummary })) })) });
    frame.remove();
  }
})().catch(e => fetch("/result", { method: "POST", body: JSON.stringify({ failed: String(e) }) }));
</script></body></html>`

// TestAxe has axe-core look at every page of the gallery in a real browser, in light and dark and at two widths, folds
// open, and accepts no violation. Run it by "make pages", which fetches axe-core and says where Chromium is.
func TestAxe(t *testing.T) {
	axe, err := os.ReadFile(os.Getenv("LINTEL_AXE"))
	if err != nil {
		t.Fatalf("run this by \"make pages\": LINTEL_AXE names axe.min.js (%v)", err)
	}
	pages := galleryPages(t)
	// Pages of others, such as those of the fake GitHub, which newcomers see first.
	more, err := filepath.Glob(filepath.Join(os.Getenv("LINTEL_PAGES"), "*.html"))
	if err != nil || len(more) == 0 {
		t.Fatalf("LINTEL_PAGES names no folder with further pages (%v)", err)
	}
	for _, file := range more {
		page, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pages[strings.TrimSuffix(filepath.Base(file), ".html")] = page
	}
	var names []string
	for name := range pages {
		names = append(names, name)
	}
	list, err := json.Marshal(names)
	if err != nil {
		t.Fatal(err)
	}
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			mux := http.NewServeMux()
			mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				fmt.Fprint(w, strings.Replace(runner, "PAGES", string(list), 1))
			})
			mux.HandleFunc("GET /axe.js", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/javascript")
				_, _ = w.Write(axe)
			})
			mux.HandleFunc("GET /page/{name}", func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				_, _ = w.Write(
					bytes.Replace(pages[r.PathValue("name")], []byte("</head>"), []byte(`<script src="/axe.js"></script></head>`), 1))
			})
			look(t, scheme, 2*len(pages), browser(t, mux, "/", 2*len(pages), prefers(scheme)))
		})
	}
}

// look holds what the browser found, so many times, to what a scheme must show.
func look(t *testing.T, scheme string, times int, next func() []byte) {
	t.Helper()
	var all []axeResult
	for range times {
		var r axeResult
		if body := next(); json.Unmarshal(body, &r) != nil || r.Page == "" {
			t.Fatalf("the browser could not look at a page, after %d of %d: %.300s", len(all), times, body)
		}
		all = append(all, r)
	}
	for _, r := range all {
		if r.Dark != (scheme == "dark") {
			t.Fatalf("%s: the browser shows another scheme", r.Page)
		}
		if r.Overflow > 0 {
			t.Errorf("%s at %d px is %d px too wide", r.Page, r.Width, r.Overflow)
		}
		for _, v := range r.Violations {
			for _, n := range v.Nodes {
				t.Errorf("%s at %d px: %s: %s\n  %s\n  %s", r.Page, r.Width, v.ID, v.Help, n.HTML,
					strings.ReplaceAll(n.Summary, "\n", "\n  "))
			}
		}
	}
}
