package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
)

//go:embed page/*.html page/style.css
var embedded embed.FS

// style is the one style sheet. The content security policy names its digest, so that no other style can stand in a page.
var style = func() string {
	b, err := embedded.ReadFile("page/style.css")
	if err != nil {
		panic("web: the style sheet is embedded: " + err.Error())
	}
	return strings.TrimSpace(string(b))
}()

var contentSecurityPolicy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"style": func() template.CSS { return template.CSS(style) },
}).ParseFS(embedded, "page/*.html"))

// render writes a page whole or not at all.
func (p *Pages) render(w http.ResponseWriter, r *http.Request, name string, data any) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		p.trouble(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", itoa(b.Len()))
	// A client that went away is not worth a line.
	_, _ = w.Write(b.Bytes())
}
