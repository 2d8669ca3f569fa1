package web

import (
	"net/http"
	"slices"

	"github.com/lintel-review/lintel/internal/policy"
)

// manualFamily is a family with its rules, as the manual shows them.
type manualFamily struct {
	frame
	Family policy.Family
	Rules  []policy.Rule
}

// manualView lists all families.
type manualView struct {
	frame
	Families []manualFamily
}

// routeManual serves the rules' manual from the same metadata as docs/rules. It is public: it
// says nothing about any change.
func (p *Pages) routeManual(mux *http.ServeMux) {
	mux.HandleFunc("GET /docs/rules/{$}", func(w http.ResponseWriter, r *http.Request) {
		view := manualView{frame: p.frame("Rules", "../../", false)}
		for _, f := range p.o.Families {
			view.Families = append(view.Families, manualFamily{Family: f, Rules: p.rulesOf(f.Name)})
		}
		p.render(w, r, "manuals", view)
	})
	mux.HandleFunc("GET /docs/rules/{family}", func(w http.ResponseWriter, r *http.Request) {
		i := slices.IndexFunc(p.o.Families, func(f policy.Family) bool { return f.Name == r.PathValue("family") })
		if i < 0 {
			notFound(w, r)
			return
		}
		f := p.o.Families[i]
		p.render(w, r, "manual", manualFamily{p.frame(f.Title, "../../", false), f, p.rulesOf(f.Name)})
	})
}

func (p *Pages) rulesOf(family string) []policy.Rule {
	return slices.DeleteFunc(slices.Clone(p.o.Rules), func(r policy.Rule) bool { return r.Family != family })
}
