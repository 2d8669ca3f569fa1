//go:build pages

package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
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
    await send({ page, overflow: Math.max(d.documentElement.scrollWidth - w.innerWidth, ...[...d.querySelectorAll("table, pre, svg")].filter(shown).map(e => Math.ceil(e.getBoundingClientRect().right) - w.innerWidth)),
      ground: w.getComputedStyle(d.body).backgroundColor, ink: w.getComputedStyle(d.body).color, said: !form || [...d.querySelectorAll(".scopes, .narrowed")].some(shown),
      closed: closed.slice(0, 3).map(e => e.outerHTML.slice(0, 200)), steering: steering.slice(0, 3).map(e => e.outerHTML.slice(0, 120)) });
    frame.remove();
  }
})().catch(e => fetch("/result", { method: "POST", body: JSON.stringify({ failed: String(e) }) }));
</script></body></html>`

// TestPrinted holds every page of the gallery to paper, in a browser that is set to dark: dark text on white, folds open,
// nothing beyond the edge, nothing to press, and a list that filters narrow says so. Run it by "make pages".
func TestPrinted(t *testing.T) {
	browser := os.Getenv("LINTEL_CHROMIUM")
	if browser == "" {
		t.Fatal(`run this by "make pages": LINTEL_CHROMIUM names the browser`)
	}
	pages := galleryPages(t)
	var names []string
	for name := range pages {
		names = append(names, name)
	}
	list, err := json.Marshal(names)
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan []byte, len(pages)+1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, strings.Replace(printer, "PAGES", string(list), 1))
	})
	mux.HandleFunc("GET /page/{name}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(pages[r.PathValue("name")])
	})
	mux.HandleFunc("POST /result", func(_ http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		_, _ = b.ReadFrom(r.Body)
		results <- b.Bytes()
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	profile, err := os.MkdirTemp("", "lintel-print")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(profile) }()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+profile,
		"--blink-settings=preferredColorScheme=0", "--remote-debugging-port=0", server.URL)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cancel(); _ = cmd.Wait() }()
	for range pages {
		var got printed
		select {
		case body := <-results:
			if err := json.Unmarshal(body, &got); err != nil || got.Failed != "" {
				t.Fatalf("the browser could not look at a page: %v %s", err, body)
			}
		case <-time.After(5 * time.Minute):
			t.Fatal("the browser fell silent")
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
