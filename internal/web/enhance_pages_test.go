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
	"testing"
	"time"
)

// chooser opens the overview in a window of its own, with the policy that users get, and chooses a size by the keyboard's
// way: focus, another value, the event. It sends back what became of the page.
const chooser = `<!doctype html><html lang="en"><title>chooser</title><body><script>
(async () => {
  const until = async (what, f) => { for (let i = 0; i < 600; i++) { try { if (f()) return; } catch (e) {} await new Promise(d => setTimeout(d, 50)); } throw "never: " + what; };
  const choose = (name, value) => { const x = w.document.getElementById(name); x.focus(); x.value = value; x.dispatchEvent(new w.Event("change", { bubbles: true })); };
  const w = window.open("/flow");
  await until("htmx", () => w.htmx && w.document.readyState === "complete");
  w.document.querySelector("details.filters").open = true;
  w.stays = "the same document";
  const refused = []; w.document.addEventListener("securitypolicyviolation", e => refused.push(e.violatedDirective + " " + e.blockedURI));
  choose("f-size", "xl");
  await until("another content", () => w.location.search.includes("size=xl") && w.document.querySelector(".scopes").textContent.includes("of size XL"));
  await until("the focus", () => w.document.activeElement.id === "f-size");
  const first = { title: w.document.title, open: w.document.querySelector("details.filters").open, focus: w.document.activeElement.id, same: w.stays, search: w.location.search };
  choose("f-tz", "Nowhere/Land");
  await until("what is wrong", () => w.document.querySelector('[role="alert"]').textContent.includes("Nowhere"));
  const wrong = w.stays;
  const before = [...refused];
  let evaluates = true; try { w.eval("1"); } catch (e) { evaluates = false; }
  w.history.back();
  await until("the page before", () => !w.stays && w.document.readyState === "complete" && w.location.search.includes("size=xl"));
  await fetch("/result", { method: "POST", body: JSON.stringify({ ...first, wrong, evaluates, refused: before }) });
})().catch(e => fetch("/result", { method: "POST", body: JSON.stringify({ failed: String(e) }) }));
</script></body></html>`

// TestEnhanced has a real browser choose a filter: the content is exchanged without a new page, the choice stays open and
// keeps the focus, the address can be passed on, and the policy refuses nothing that is needed. Run it by "make pages".
func TestEnhanced(t *testing.T) {
	browser := os.Getenv("LINTEL_CHROMIUM")
	if browser == "" {
		t.Fatal(`run this by "make pages": LINTEL_CHROMIUM names the browser`)
	}
	s := newScene(t)
	admin := Admin(s.Pages.o.Log, s.overview(), s.health(), s.Pages, nil, figuresScene(s))
	result := make(chan []byte, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /chooser", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		fmt.Fprint(w, chooser)
	})
	mux.HandleFunc("POST /result", func(_ http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		_, _ = b.ReadFrom(r.Body)
		result <- b.Bytes()
	})
	mux.Handle("/", admin)
	server := httptest.NewServer(mux)
	defer server.Close()
	profile, err := os.MkdirTemp("", "lintel-enhanced")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(profile) }()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-popup-blocking",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+profile,
		"--remote-debugging-port=0", server.URL+"/chooser")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cancel(); _ = cmd.Wait() }()
	var got struct {
		Failed, Title, Focus, Same, Search, Wrong string
		Open, Evaluates                           bool
		Refused                                   []string
	}
	select {
	case body := <-result:
		if err := json.Unmarshal(body, &got); err != nil || got.Failed != "" {
			t.Fatalf("%v: %s", err, body)
		}
	case <-time.After(5 * time.Minute):
		t.Fatal("the browser fell silent")
	}
	const same = "the same document"
	if got.Same != same || got.Wrong != same || !got.Open || got.Focus != "f-size" || got.Evaluates || len(got.Refused) > 0 ||
		got.Title != "Flow · Lintel" {
		t.Errorf("%+v", got)
	}
}
