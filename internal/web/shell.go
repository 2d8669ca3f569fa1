package web

import (
	"net/http"

	"github.com/lintel-review/lintel/internal/template"
)

// shellView is a page whose content another room makes.
type shellView struct {
	frame
	Content template.HTML
}

// Page writes a page of operators whose content another room made. Root leads from the page to the site's root.
func (p *Pages) Page(w http.ResponseWriter, r *http.Request, status int, title, root string, content template.HTML) {
	f := p.frame(title, root, true)
	f.Wide = true
	w.Header().Set("Content-Security-Policy", widePolicy)
	p.renderAs(w, r, status, "shell", shellView{f, content})
}

// Trouble answers when the record cannot be read, and logs why.
func (p *Pages) Trouble(w http.ResponseWriter, r *http.Request, err error) { p.trouble(w, r, err) }

// Missing answers as for an address that does not exist.
func (p *Pages) Missing(w http.ResponseWriter, r *http.Request) { notFound(w, r) }

// Caller names whoever asks, for the audit log: who signed in, else the listener and the address.
func (p *Pages) Caller(r *http.Request) string { return caller(r, "") }
