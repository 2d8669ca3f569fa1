package template

import (
	"errors"
	"html/template"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// hostile are texts that try to leave the place where they stand.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)`,
	`JaVaScRiPt:alert(1)`, "java\tscript:alert(1)", `data:text/html,<script>alert(1)</script>`,
	`</style><script>alert(1)</script>`,
	`</title><script>`, `-->`, `{{.}}`, "a\x00b", "\u2028", `expression(alert(1))`, `url(javascript:alert(1))`, `//evil.example/`,
	`&lt;b&gt;`, `a b=c`, "`", `</textarea>`, "0;url=javascript:alert(1)", "\xff\xfe",
}

// places are where our pages write texts, and some where they do not.
const places = `<!doctype html><title>{{.}}</title><meta http-equiv="refresh" content="{{.}}"><style>p { color: {{.}} }</style>` +
	`<p class="{{.}}" title='{{.}}' id={{.}}>{{.}}</p><a href="{{.}}">{{.}}</a><a href="/x?{{.}}">{{.}}</a>` +
	`<a href="./{{.}}/x#{{.}}">a</a>` +
	`<img src="{{.}}" srcset="{{.}}"><svg><path d="{{.}}"/></svg><form action="{{.}}"><input value="{{.}}"><textarea>{{.}}</textarea>` +
	`<option value="{{.}}"></form><!-- {{.}} --><p style="width: {{.}}" onclick="f({{.}})" {{.}}="x" hx-get="{{.}}"></p>` +
	`<script>var x = {{.}}, y = "{{.}}";</script>{{print .}}{{. | html}}{{. | urlquery}}`

// TestEscapesAsTheStandardLibrary: what is escaped, and how, is the standard library's business; here it is held to it.
func TestEscapesAsTheStandardLibrary(t *testing.T) {
	theirs, err := template.New("").Parse(places)
	if err != nil {
		t.Fatal(err)
	}
	values := []any{HTML("<b>ours</b>"), CSS("red"), template.URL("javascript:ours"), 7, 1.5, true, nil, []string{"<a>", `"`},
		map[string]string{"<": ">"}, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), errors.New("<error>"),
		named("<stringer>"), struct{ A string }{"<"}}
	for _, s := range hostile {
		values = append(values, s, named(s))
	}
	for _, v := range values {
		var got, want strings.Builder
		if err := theirs.Execute(&want, v); err != nil {
			t.Fatal(err)
		}
		set := Text(places, nil, Views{"": v})
		if err := set.Execute(&got, "", v); err != nil {
			t.Fatal(err)
		}
		if got.String() != want.String() {
			t.Errorf("%q\n got %s\nwant %s", v, got.String(), want.String())
		}
	}
}

// named has a method by which it is written.
type named string

func (n named) String() string { return "named " + string(n) }

func TestExecuteTakesTheTypeOfTheView(t *testing.T) {
	files := fstest.MapFS{"page/a.html": {Data: []byte(`{{define "a"}}{{.Title}}{{end}}`)}}
	set := Files(files, "page/*.html", nil, Views{"a": page{}})
	var out strings.Builder
	if err := set.Execute(&out, "a", page{Title: "<x>"}); err != nil || out.String() != "&lt;x&gt;" {
		t.Errorf("%q, %v", out.String(), err)
	}
	for name, data := range map[string]any{"a": &page{}, "b": page{}} {
		if err := set.Execute(&out, name, data); err == nil || !strings.Contains(err.Error(), "declared for") {
			t.Errorf("%s with a %T: %v", name, data, err)
		}
	}
	if err := set.Execute(&out, "gone", nil); err == nil {
		t.Error("a template that does not exist is executed")
	}
}

// TestCallsNoMethod: a template that could call one would keep all methods of all types in the program.
func TestCallsNoMethod(t *testing.T) {
	set := Text(`{{.Method}}`, nil, Views{"": page{}})
	if err := set.Execute(new(strings.Builder), "", page{}); err == nil {
		t.Error("a template called a method")
	}
}
