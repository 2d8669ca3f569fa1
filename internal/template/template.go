// Package template writes HTML by templates in html/template's language and with its escaping, but without methods.
//
// A template of the standard library may call any method by its name, so the linker keeps every exported method of every
// type that the program reaches: twelve megabytes that nobody calls. Here a template reads fields and calls functions.
//
// Callers may rely on: text of others is escaped for the place where it stands; a set is parsed when it is first used; a
// template is executed with the type that the set declares for it and no other, and Check finds in each of its branches
// what that type does not have.
package template

import (
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"reflect"
	"sync"

	html "github.com/DataDog/datadog-agent/pkg/template/html"
)

type (
	// HTML is written as it is: it must be ours, or escaped.
	HTML = template.HTML
	// CSS is written into a style sheet as it is.
	CSS = template.CSS
	// Funcs are what templates may call, by their names there.
	Funcs = map[string]any
	// Views has a value of the type that each executed template is given.
	Views = map[string]any
)

// Set is templates that call each other by name. It is safe for concurrent use.
type Set struct {
	funcs  Funcs
	views  Views
	parsed func() *html.Template
}

// Files is the set of these embedded files.
func Files(files fs.FS, pattern string, funcs Funcs, views Views) *Set {
	return &Set{funcs, views, sync.OnceValue(func() *html.Template {
		return html.Must(html.New("").Funcs(funcs).ParseFS(files, pattern))
	})}
}

// Text is the set of the templates that this text defines; what stands outside of them is the template "".
func Text(text string, funcs Funcs, views Views) *Set {
	return &Set{funcs, views, sync.OnceValue(func() *html.Template {
		return html.Must(html.New("").Funcs(funcs).Parse(text))
	})}
}

// Execute writes a template with the data, which has the type of its view.
func (s *Set) Execute(w io.Writer, name string, data any) error {
	if want, is := reflect.TypeOf(s.views[name]), reflect.TypeOf(data); want != is {
		return fmt.Errorf("execute template %q: it is declared for a %v and was given a %v", name, want, is)
	}
	if err := s.parsed().ExecuteTemplate(w, name, data); err != nil {
		return fmt.Errorf("execute template: %w", err)
	}
	return nil
}

// Escape makes a text one of HTML.
func Escape(text string) string { return template.HTMLEscapeString(text) }
