package web

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
)

// htmx is the one script that pages with charts load: htmx 2.0.11 (0BSD, as page/htmx-LICENSE.txt says), as its makers
// minified it. With it the filters of a page exchange its content and keep the keyboard's focus; without it they are a
// form. It evaluates nothing and fetches from here alone: htmxConfig says so, and the policy of pages holds it to that.
var htmx = read("htmx-2.0.11.min.js")

// htmxPath is where it is, from the site's root. Its name changes with its version, so it may be kept.
const htmxPath = "assets/htmx-2.0.11.min.js"

// htmxConfig also has it show a page that says what is wrong with an address (400), and keep no page in the browser.
const htmxConfig = `{"allowEval":false,"allowScriptTags":false,"includeIndicatorStyles":false,"selfRequestsOnly":true,` +
	`"historyCacheSize":0,"refreshOnHistoryMiss":true,"responseHandling":[{"code":"204","swap":false},` +
	`{"code":"[23]..","swap":true},{"code":"400","swap":true},{"code":"[45]..","swap":false,"error":true}]}`

// integrity is a digest as policies and the integrity of scripts write it.
func integrity(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// routeAssets serves the script. It is no secret: everybody can have it elsewhere.
func routeAssets(mux *http.ServeMux) {
	mux.HandleFunc("GET /"+htmxPath, func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		h.Set("Content-Length", itoa(len(htmx)))
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		_, _ = w.Write([]byte(htmx)) // a client that went away is not worth a log line
	})
}
