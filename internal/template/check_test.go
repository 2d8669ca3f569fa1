package template

import (
	"slices"
	"strings"
	"testing"
	"time"
)

type part struct {
	Name string
	Tags map[string]int
	At   time.Time
	Next *part
	any  string
}

func (p part) Method() string { return p.any }

type page struct {
	part
	Title string
	Parts []part
	One   *part
	Any   any
	Place [2]int
}

func pair(a, b any) [2]any { return [2]any{a, b} }

func dict(pairs ...any) map[string]any { return nil }

var functions = Funcs{"pair": pair, "dict": dict, "long": func(t time.Time) string { return "" }, "inc": func(i int) int { return i },
	"float": func(f float64) float64 { return f }, "text": func(s interface{ Method() string }) string { return "" },
	"sum": func(first int, more ...int) int { return first }}

// TestCheck: each text is the template "page", whose view is a page; what is defined in it may be called.
func TestCheck(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{{.Title}} {{.Name}} {{.One.Next.Next.Name}} {{.Tags.x}} {{index .Tags "x"}} {{(index .Parts 0).Name}} {{index .Place 1}}`, ""},
		{`{{if .Title}}{{else}}{{.Titel}}{{end}}`, "page: .Titel: template.page has no field Titel"},
		{`{{with .One}}{{.Name}}{{else}}{{.Title}}{{end}}`, ""},
		{`{{with .One}}{{.Title}}{{end}}`, "page: .Title: *template.part has no field Title"},
		{`{{range .Parts}}{{.Name}}{{else}}{{.Title}}{{end}}`, ""},
		{`{{range $i, $p := .Parts}}{{inc $i}}{{$p.Name}}{{$.Title}}{{end}}`, ""},
		{`{{range $i, $p := .Parts}}{{$p.Title}}{{end}}`, "page: $p.Title: template.part has no field Title"},
		{`{{range .Tags}}{{inc .}}{{end}}{{range $k, $n := .Tags}}{{inc $k}}{{end}}`,
			"page: inc $k: argument 1 is a string and must be a int"},
		{`{{range .Title}}{{.}}{{end}}`, "page: .Title: a range over string is not understood"},
		{`{{range 3}}{{inc .}}{{end}}`, ""},
		{`{{.Method}}`, "page: .Method: template.page has no field Method"},
		{`{{.One.Method}}`, "page: .One.Method: *template.part has no field Method"},
		{`{{.At.IsZero}}`, "page: .At.IsZero: time.Time has no field IsZero"},
		{`{{.any}}`, "page: .any: template.page has no field any"},
		{`{{.Any}}{{.Any.Name}}`, "page: .Any.Name: interface {} has no field Name"},
		{`{{text .}}{{text .One}}`, ""},
		{`{{text .Title}}`, "page: text .Title: argument 1 is a string and must be a interface { Method() string }"},
		{`{{long .Title}}`, "page: long .Title: argument 1 is a string and must be a time.Time"},
		{`{{.Title | long}}`, "page: long: argument 1 is a string and must be a time.Time"},
		{`{{.At | long}}{{float 1}}{{float 1.5}}{{sum 1 2 3}}`, ""},
		{`{{sum}}`, "page: sum: the function takes 1 arguments"},
		{`{{inc 1 2}}`, "page: inc 1 2: the function takes 1 arguments"},
		{`{{.Title .Name}}`, "page: .Title .Name: this is no function"},
		{`{{eq .Title "a"}}{{eq .Name .Title "b"}}{{ne (len .Parts) 1}}{{not .}}`, ""},
		{`{{eq .Title 1}}`, "page: eq .Title 1: string and int are not compared"},
		{`{{eq .Parts 1}}`, "page: eq .Parts 1: []template.part and int are not compared"},
		{`{{inc (or (and .One .Place) 3)}}{{(or .One .One.Next).Name}}`, ""},
		{`{{(or .One .Title).Name}}`, "page: (or .One .Title).Name: one of *template.part, string has no field Name"},
		{`{{index .Title "x"}}`, `page: index .Title "x": string has no index string`},
		{`{{$x := .One}}{{$x = .Title}}`, "page: $x = .Title: the variable was a *template.part"},
		{`{{template "inner" pair . .One}}{{define "inner"}}{{$v := index . 0}}{{with index . 1}}{{$v.Title}}{{.Name}}{{end}}{{end}}`, ""},
		{`{{template "inner" pair . .One}}{{define "inner"}}{{(index . 1).Title}}{{end}}`,
			"inner: (index . 1).Title: *template.part has no field Title"},
		{`{{template "inner" dict "A" .One "B" .}}{{define "inner"}}{{.A.Name}}{{.B.Title}}{{.C}}{{end}}`,
			"inner: .C: {A: *template.part, B: template.page} has no field C"},
		{`{{template "inner" .}}{{template "inner" .One}}{{define "inner"}}{{.Title}}{{end}}`,
			"inner: .Title: *template.part has no field Title"},
		{`{{template "inner" .One}}{{define "inner"}}{{.Name}}{{with .Next}}{{template "inner" .}}{{end}}{{end}}`, ""},
		{`x{{define "inner"}}{{.Name}}{{end}}`, "inner: no view leads to this template"},
		{`{{template "inner"}}{{define "inner"}}{{.Name}}{{end}}`, "inner: .Name: nothing known has no field Name"},
	} {
		text, inner, _ := strings.Cut(c.text, `{{define`)
		if inner != "" {
			inner = "{{define" + inner
		}
		set := Text(`{{define "page"}}`+text+`{{end}}`+inner, functions, Views{"page": page{}})
		if got := strings.Join(Check(set), "; "); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

// TestCheckSeesATemplateThatWasExecuted: escaping changes the trees.
func TestCheckSeesATemplateThatWasExecuted(t *testing.T) {
	set := Text(`{{define "page"}}<a href="{{.Title}}" title={{.Name}}>{{template "inner" .One}}</a>{{end}}`+
		`{{define "inner"}}{{with .}}{{.Titel}}{{end}}{{end}}`, nil, Views{"page": page{}, "gone": page{}})
	if err := set.Execute(new(strings.Builder), "page", page{Title: "x"}); err != nil {
		t.Fatal(err)
	}
	want := []string{`gone: there is no template "gone"`, "inner: .Titel: *template.part has no field Titel"}
	if got := Check(set); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
