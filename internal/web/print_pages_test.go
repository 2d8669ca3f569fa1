//go:build pages

package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// printed is what the browser found on one page as it would be printed.
type printed struct {
	Page string `json:"page"`
	// Ground and Ink are the colours of the page and of its text.
	Ground string `json:"ground"`
	Ink    string `json:"ink"`
	// Overflow is how many pixels the page is wider than paper.
	Overflow int `json:"overflow"`
	// Closed are folds whose content paper would not show; Steering what paper shows and nobody can press.
	Closed   []string `json:"closed"`
	Steering []string `json:"steering"`
	// Said is whether a list that is narrowed by filters says so on paper.
	Said   bool   `json:"said"`
	Failed string `json:"failed"`
}

// printer applies the rules for print to each page, in a frame as wide as A4 without its margins, and looks.
const printer = `<!doctype html><html lang="en"><title>printer</title><body><script>
(async () => {
  const send = result => fetch("/result", { method: "POST", body: JSON.stringify(result) });
  if (!matchMedia("(prefers-color-scheme: dark)").matches) throw "the browser is not dark";
  for (const page of PAGES) {
    const frame = document.createElement("iframe");
    frame.width = 718; frame.height = 1000; frame.src = "/page/" + page;
    await new Promise(done => { frame.onload = done; document.body.append(frame); });
    const d = frame.contentDocument, w = frame.contentWindow;
    for (const sheet of d.styleSheets) for (const rule of sheet.cssRules) if (rule.media) {
      if (/^print/.test(rule.media.mediaText)) rule.media.mediaText = "all";
      else if (/^screen/.test(rule.media.mediaText)) rule.media.mediaText = "not all";
    }
    const shown = e => e.checkVisibility() && e.getBoundingClientRect().height > 0;
    const closed = [...d.querySelectorAll("details:not(.filters):not(.chart details)")].filter(x =>
      [...x.children].some(c => c.tagName !== "SUMMARY" && c.textContent.trim() && !shown(c)));
    const steering = [...d.querySelectorAll(".skip, nav, form, .tabs, .pager a")].filter(shown);
    const form = d.querySelector(".filters");
    const beyond = [...d.querySelectorAll("table, pre, svg")].filter(shown)
      .map(e => Math.ceil(e.getBoundingClientRect().right) - w.innerWidth);
    const style = w.getComputedStyle(d.body);
    await send({ page, overflow: Math.max(d.documentElement.scrollWidth - w.innerWidth, ...beyond),
      ground: style.backgroundColor, ink: style.color,
      said: !form || [...d.querySelectorAll(".scopes, .narrowed")].some(shown),
      closed: closed.slice(0, 3).map(e => e.outerHTML.slice(0, 200)), steering: steering.slice(0, 3).map(e => e.outerHTML.slice(0, 120)) });
    frame.remove();
  }
})().catch(e => fetch("/result", { method: "POST", body: JSON.stringify({ failed: String(e) }) }));
</script></body></html>`

// TestPrinted holds every page of the gallery to paper, in a browser that is set to dark: dark text on white, folds open,
// nothing beyond the edge, nothing to press, and a list that filters narrow says so. Run it by "make pages".
func TestPrinted(t *testing.T) {
	pages := galleryPages(t)
	var names []string
	for name := range pages {
		names = append(names, name)
	}
	list, err := json.Marshal(names)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, strings.Replace(printer, "PAGES", string(list), 1))
	})
	mux.HandleFunc("GET /page/{name}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(pages[r.PathValue("name")])
	})
	next := browser(t, mux, "/", len(pages), prefers("dark"))
	for range pages {
		var got printed
		if body := next(); json.Unmarshal(body, &got) != nil || got.Failed != "" {
			t.Fatalf("the browser could not look at a page: %s", body)
		}
		if got.Ground != "rgb(255, 255, 255)" || got.Ink != "rgb(29, 33, 39)" {
			t.Errorf("%s is printed as %s on %s", got.Page, got.Ink, got.Ground)
		}
		if got.Overflow > 0 {
			t.Errorf("%s is %d px wider than paper", got.Page, got.Overflow)
		}
		for _, e := range got.Closed {
			t.Errorf("%s: a fold stays closed on paper: %s", got.Page, e)
		}
		for _, e := range got.Steering {
			t.Errorf("%s: nobody can press this on paper: %s", got.Page, e)
		}
		if !got.Said {
			t.Errorf("%s does not say on paper what it is narrowed to", got.Page)
		}
	}
}
