package web

import (
	"net/http"
	"os"
	"strings"
	"testing"
)

// htmxDigest is that of htmx.min.js in htmx.org 2.0.11, as npm has it.
const htmxDigest = "sha256-1v3HXyBOa976mbab8ebUrGm4o2T3eSn0XBNHa0AA9xc="

// The script is the one that was published, under a name that changes with it, and its licence stands beside it. A
// browser that does not run it gets the same page with a form.
func TestHTMX(t *testing.T) {
	s := newScene(t)
	admin := Admin(s.Pages.o.Log, s.overview(), s.health(), s.Pages, nil, figuresScene(s))
	script := get(admin, "/assets/htmx-2.0.11.min.js")
	if got := integrity(script.Body.String()); got != htmxDigest {
		t.Errorf("the script is %s", got)
	}
	h := script.Header()
	if script.Code != http.StatusOK || !strings.Contains(h.Get("Content-Type"), "text/javascript") ||
		h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Cache-Control"), "immutable") {
		t.Errorf("%d %v", script.Code, h)
	}
	licence, err := os.ReadFile("page/htmx-LICENSE.txt")
	if err != nil || !strings.Contains(string(licence), "Zero-Clause BSD") || !strings.Contains(script.Body.String(), `version:"2.0.11"`) {
		t.Error("another version, or no licence")
	}
	for _, path := range []string{"/flow", "/flow/pulls", "/flow/dora"} {
		page := get(admin, path).Body.String()
		for _, want := range []string{`<form method="get" action="./`, `<button id="f-show" type="submit">`, `hx-select="#main"`,
			`hx-push-url="true"`, "allowEval&#34;:false", "allowScriptTags&#34;:false"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %s", path, want)
			}
		}
		for _, never := range []string{" onclick=", " onchange=", "hx-on", "hx-vals", "hx-vars", `"javascript:`} {
			if strings.Contains(page, never) {
				t.Errorf("%s has %s", path, never)
			}
		}
		if strings.Contains(page, `<details class="filters" open>`) {
			t.Errorf("%s: the choice is open although nobody chooses", path)
		}
	}
	if missing := get(Public(s.Pages.o.Log, s.health(), s.Pages), "/assets/htmx-2.0.11.min.js"); missing.Code != http.StatusNotFound {
		t.Errorf("the public listener serves a script that none of its pages needs: %d", missing.Code)
	}
}
