package advise

import (
	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/lifecycle"
)

// Remember updates the known drafts with new advice.
func Remember(known []advice.Known, a advice.Advice) []advice.Known {
	all := append([]advice.Known{}, known...)
	at := map[advice.Fingerprint]int{}
	for i, k := range all {
		at[k.Draft.Key] = i
	}
	for _, d := range a.Drafts {
		k := advice.Known{Draft: d, Hash: lifecycle.Hash(d.Code), State: d.State}
		if i, ok := at[d.Key]; ok {
			all[i] = k
			continue
		}
		at[d.Key] = len(all)
		all = append(all, k)
	}
	for _, end := range a.Settled {
		if i, ok := at[end.Key]; ok {
			all[i].State, all[i].Reason = end.State, end.Reason
		}
	}
	return all
}
