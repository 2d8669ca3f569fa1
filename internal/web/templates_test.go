package web

import (
	"testing"

	"github.com/lintel-review/lintel/internal/template"
)

func TestTemplatesFitTheirViews(t *testing.T) {
	for _, problem := range template.Check(templates) {
		t.Error(problem)
	}
}
