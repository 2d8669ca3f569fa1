package board

import (
	"net/http"

	"github.com/lintel-review/lintel/internal/flow/definition"
)

// definitionsView is what every figure means.
type definitionsView struct{ Groups []definitionGroup }

type definitionGroup struct {
	Name string
	All  []definition.Definition
}

// definitions is the page to which every figure leads.
func (b *Board) definitions(w http.ResponseWriter, r *http.Request) {
	var v definitionsView
	for _, g := range definition.Groups() {
		group := definitionGroup{Name: string(g)}
		for _, d := range definition.All() {
			if d.Group == g {
				group.All = append(group.All, d)
			}
		}
		v.Groups = append(v.Groups, group)
	}
	b.show(w, r, http.StatusOK, "Definitions", "./", "definitions", v)
}
