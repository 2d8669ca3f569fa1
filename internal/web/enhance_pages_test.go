//go:build pages

package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
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
	s := newScene(t)
	admin := Admin(s.Pages.o.Log, s.overview(), s.health(), s.Pages, nil, figuresScene(s))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /chooser", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		fmt.Fprint(w, chooser)
	})
	mux.Handle("/", admin)
	next := browser(t, mux, "/chooser", 1, "--disable-popup-blocking")
	var got struct {
		Failed, Title, Focus, Same, Search, Wrong string
		Open, Evaluates                           bool
		Refused                                   []string
	}
	if body := next(); json.Unmarshal(body, &got) != nil || got.Failed != "" {
		t.Fatalf("the browser could not look: %s", body)
	}
	const same = "the same document"
	if got.Same != same || got.Wrong != same || !got.Open || got.Focus != "f-size" || got.Evaluates || len(got.Refused) > 0 ||
		got.Title != "Flow · Lintel" {
		t.Errorf("%+v", got)
	}
}
