package web

import (
	"net/http"
	"slices"

	"github.com/lintel-review/lintel/internal/policy"
)

// routeManual serves the rules' manual from their metadata. It is public: it says nothing about any change.
func (p *Pages) routeManual(mux *http.ServeMux) {
	mux.HandleFunc("GET /docs/rules/{family}", p.manual)
}

func (p *Pages) manual(w http.ResponseWriter, r *http.Request) {
	i := slices.IndexFunc(p.Families, func(f policy.Family) bool { return f.Name == r.PathValue("family") })
	if i < 0 {
		notFound(w, r)
		return
	}
	rules := slices.DeleteFunc(slices.Clone(p.Rules), func(rule policy.Rule) bool { return rule.Family != p.Families[i].Name })
	p.render(w, r, "manual", map[string]any{"Tab": p.Families[i].Title, "Family": p.Families[i], "Rules": rules})
}
