// Package page draws the fake GitHub's pages for people: a pull request as a reviewer sees it, a list, and the traffic.
// It knows nothing of the hub: it is given values and writes HTML.
//
// Callers may rely on this: every text is escaped, Markdown is rendered by an allow-list, nothing is loaded from
// elsewhere, there is no script, and a strict Content-Security-Policy says so.
package page

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/template"
)

//go:embed style.css
var style string

//go:embed page.html
var source string

var templates = template.Text(source, template.Funcs{
	"markdown": Markdown,
	"style":    func() template.CSS { return template.CSS(style) },
	"stamp":    func(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04:05 UTC") },
	"short":    func(sha string) string { return sha[:min(7, len(sha))] },
	"initial":  initial,
	"hue":      hue,
	"ms":       func(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) },
}, template.Views{"front": Front{}, "repository": Repository{}, "pull": Pull{}, "traffic": Traffic{}})

// policy allows the one style sheet by its hash and nothing else.
var policy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

// Render writes one page: "front", "repository", "pull" or "traffic", with the value of that name.
func Render(w http.ResponseWriter, name string, data any) error {
	var b bytes.Buffer
	if err := templates.Execute(&b, name, data); err != nil {
		return fmt.Errorf("draw page %s: %w", name, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Cache-Control", "no-store")
	_, err := w.Write(b.Bytes())
	return err
}

// initial is the letter shown for a login.
func initial(login string) string {
	if login == "" {
		return "?"
	}
	return strings.ToUpper(login[:1])
}

// hue gives a login one of eight colours, always the same.
func hue(login string) string {
	n := 0
	for _, c := range login {
		n = n*31 + int(c)
	}
	return fmt.Sprintf("hue%d", uint(n)%8)
}
