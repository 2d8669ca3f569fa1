package oracle

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// api is GitHub's REST interface as its document describes it. It does not change after it was loaded.
type api struct {
	doc    *openapi3.T
	routes []template
}

var loadAPI = sync.OnceValues(func() (*api, error) {
	text, err := prunedOpenAPI()
	if err != nil {
		return nil, err
	}
	return newAPI(text)
})

func newAPI(text []byte) (*api, error) {
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, fmt.Errorf("load GitHub's OpenAPI document: %w", err)
	}
	a := &api{doc: doc}
	for path, item := range doc.Paths.Map() {
		wide := map[string]bool{}
		for _, op := range item.Operations() {
			for _, p := range op.Parameters {
				if p.Value.Extensions["x-multi-segment"] == true {
					wide[p.Value.Name] = true
				}
			}
		}
		a.routes = append(a.routes, newTemplate(path, wide))
	}
	return a, nil
}

// operation is one operation with the parameters of one request.
type operation struct {
	name   string // METHOD /path/{parameter}
	route  *routers.Route
	params map[string]string
}

func (a *api) find(r *http.Request) (operation, bool) {
	parts := segments(r.URL)
	var best template
	var params map[string]string
	for _, t := range a.routes {
		if a.doc.Paths.Value(t.path).GetOperation(r.Method) == nil || best.parts != nil && !better(t, best) {
			continue
		}
		if p, ok := t.match(parts); ok {
			best, params = t, p
		}
	}
	if best.parts == nil {
		return operation{}, false
	}
	item := a.doc.Paths.Value(best.path)
	return operation{
		name:   r.Method + " " + best.path,
		route:  &routers.Route{Spec: a.doc, Path: best.path, PathItem: item, Method: r.Method, Operation: item.GetOperation(r.Method)},
		params: params,
	}, true
}

// request returns what is wrong with a request: its parameters, names that the document does not know, its body.
func (o operation) request(r *http.Request, body []byte) []string {
	var problems []string
	known := map[string]bool{}
	input := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: o.params, Route: o.route,
		Options: &openapi3filter.Options{SkipSettingDefaults: true},
	}
	for _, list := range []openapi3.Parameters{o.route.PathItem.Parameters, o.route.Operation.Parameters} {
		for _, p := range list {
			if p.Value.In == openapi3.ParameterInQuery {
				known[strings.TrimSuffix(p.Value.Name, "[]")] = true
			}
			if err := openapi3filter.ValidateParameter(r.Context(), input, p.Value); err != nil {
				problems = append(problems, "request parameter "+p.Value.Name+": "+reasons(err))
			}
		}
	}
	for name := range r.URL.Query() {
		if !known[strings.TrimSuffix(name, "[]")] {
			problems = append(problems, "request parameter "+name+": GitHub does not know it")
		}
	}
	return append(problems, o.requestBody(body)...)
}

func (o operation) requestBody(body []byte) []string {
	if exempt(o.name, body) {
		return nil
	}
	declared := o.route.Operation.RequestBody
	if declared == nil || len(body) == 0 {
		if declared != nil && declared.Value.Required {
			return []string{"request body: is required and missing"}
		}
		return nil
	}
	media := declared.Value.Content.Get("application/json")
	if media == nil || media.Schema == nil {
		return nil
	}
	return visit("request body", body, media.Schema.Value, openapi3.VisitAsRequest())
}

// response returns what is wrong with an answer: a success that the document does not know, a body that is not as
// described. Only 2xx and 422 are looked at: the document is not complete about the others.
func (o operation) response(r *http.Request, status int, header http.Header, body []byte) []string {
	success := status >= 200 && status < 300
	if !success && status != http.StatusUnprocessableEntity {
		return nil
	}
	declared := o.route.Operation.Responses.Status(status)
	if declared == nil {
		if !success {
			return nil
		}
		return []string{fmt.Sprintf("response: status %d, GitHub answers %s", status, strings.Join(o.successes(), " or "))}
	}
	if len(declared.Value.Content) == 0 {
		if len(body) > 0 {
			return []string{fmt.Sprintf("response: status %d has a body of %d bytes, GitHub's has none", status, len(body))}
		}
		return nil
	}
	if success && !wantsJSON(r) {
		return nil
	}
	media := declared.Value.Content.Get("application/json")
	if strings.Contains(r.Header.Get("Accept"), "application/vnd.github.object") &&
		declared.Value.Content["application/vnd.github.object"] != nil {
		media = declared.Value.Content["application/vnd.github.object"]
	}
	if media == nil || media.Schema == nil {
		return nil
	}
	if got := header.Get("Content-Type"); got != "application/json; charset=utf-8" && !strings.HasPrefix(got, "application/vnd.github") {
		return []string{fmt.Sprintf("response: content type %q, GitHub's is application/json; charset=utf-8", got)}
	}
	return visit("response body", body, media.Schema.Value, openapi3.VisitAsResponse())
}

func (o operation) successes() []string {
	var out []string
	for status := range o.route.Operation.Responses.Map() {
		if strings.HasPrefix(status, "2") {
			out = append(out, status)
		}
	}
	return out
}

// wantsJSON is false when the client asked for one of GitHub's other media types: a diff, a patch, a raw file or a bare object id.
func wantsJSON(r *http.Request) bool {
	for _, accept := range r.Header.Values("Accept") {
		for _, other := range []string{"diff", "patch", "raw", "sha", "html"} {
			media := strings.TrimSuffix(accept, "+json")
			if strings.HasPrefix(media, "application/vnd.github.") && strings.HasSuffix(media, "."+other) {
				return false
			}
		}
	}
	return true
}

func visit(what string, body []byte, schema *openapi3.Schema, as openapi3.SchemaValidationOption) []string {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return []string{fmt.Sprintf("%s: is not JSON: %v", what, err)}
	}
	err := schema.VisitJSON(v, as, openapi3.MultiErrors(), openapi3.EnableFormatValidation())
	if err == nil {
		return nil
	}
	var problems []string
	for _, e := range flatten(err) {
		problems = append(problems, what+": "+reasons(e))
	}
	return problems
}

func flatten(err error) []error {
	var many openapi3.MultiError
	if !errors.As(err, &many) {
		return []error{err}
	}
	var out []error
	for _, e := range many {
		out = append(out, flatten(e)...)
	}
	return out
}

// reasons writes an error with its place and without the schema and the value, which fill pages.
func reasons(err error) string {
	var se *openapi3.SchemaError
	if !errors.As(err, &se) {
		return strings.SplitN(err.Error(), "\nSchema:", 2)[0]
	}
	text := "/" + strings.Join(se.JSONPointer(), "/") + ": " + se.Reason
	if se.Origin != nil {
		var inner []string
		for _, e := range flatten(se.Origin) {
			inner = append(inner, reasons(e))
		}
		text += " (" + strings.Join(inner, "; ") + ")"
	}
	return text
}
