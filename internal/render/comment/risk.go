package comment

import "strings"

// risk is the first line of the check: how carefully the change wants to be read, and why. Without a reason there is no
// line: the risk is low then.
func (v Verdict) risk() string {
	if v.Facts == nil || len(v.Facts.Risk.Reasons) == 0 {
		return ""
	}
	r := v.Facts.Risk
	reasons := make([]string, len(r.Reasons))
	for i, reason := range r.Reasons {
		reasons[i] = v.dialect().Text(reason.Text)
	}
	return "Risk: **" + v.dialect().Text(string(r.Level)) + "**. " + upper(strings.Join(reasons, "; ")) + ".\n\n"
}
