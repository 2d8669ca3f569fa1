package web

import (
	"encoding/json"
	"net/http"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/policy"
)

type changeView struct {
	Tab, Ref string
	Verdict  *history.Verdict
	Findings []finding.Finding
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request, record change.Record, operator bool) {
	v := changeView{Tab: record.Ref.String(), Ref: record.Ref.String()}
	verdicts, err := p.Record.Verdicts(r.Context(), record, 1)
	if err != nil {
		p.trouble(w, r, err)
		return
	}
	if len(verdicts) > 0 {
		v.Verdict = &verdicts[0]
		body, err := p.Record.Evidence(r.Context(), v.Verdict.Decision)
		if err != nil && !p.Missing(err) {
			p.trouble(w, r, err)
			return
		}
		var d policy.Decision
		if body != nil && json.Unmarshal(body, &d) == nil {
			v.Findings = d.Visible()
			if operator {
				v.Findings = d.Findings
			}
		}
	}
	p.render(w, r, "change", v)
}
