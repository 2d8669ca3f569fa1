package local

import (
	"context"

	"github.com/lintel-review/lintel/internal/change"
)

// wants reads the files that the analyses want, by what stands there at the merge base and at the head.
func (r *reader) wants(context.Context) error {
	if r.options.Wants == nil {
		return nil
	}
	wants := r.options.Wants(r.s.Files, r.s.Controls, r.s.Gaps)
	if len(wants) == 0 {
		return nil
	}
	found, err := r.find(wants[:min(len(wants), change.MaxContents)])
	if err != nil {
		return err
	}
	contents := change.PlanContents(wants, found)
	for i := range contents {
		c := &contents[i]
		if !c.Read() {
			continue
		}
		obj, err := r.blobs.Read(c.Blob, c.Size)
		if err != nil {
			return err
		}
		c.SetBody(obj.Data)
	}
	r.s.AddContents(wants, contents)
	return nil
}

// find looks up what stands where wants point.
func (r *reader) find(wants []change.Want) ([]change.Found, error) {
	found := make([]change.Found, len(wants))
	commits := map[change.Side]string{change.AtBase: r.s.MergeBase, change.AtHead: r.s.Head.SHA}
	var ids []string
	for i, w := range wants {
		path := w.Path
		if raw, ok := r.raw[path]; ok {
			path = raw
		}
		entry, ok, err := r.blobs.Find(commits[w.Side], path)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if found[i] = (change.Found{Blob: entry.ID, Plain: entry.IsFile()}); entry.IsFile() {
			ids = append(ids, entry.ID)
		}
	}
	sizes, err := r.blobs.Sizes(ids)
	for i := range found {
		found[i].Size = sizes[found[i].Blob]
	}
	return found, err
}
