package diff

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"github.com/lintel-review/lintel/internal/text"
)

// patchDigest is "sha256:hex" of what a file's patch says: path, old path, status, modes, and every hunk line with its context.
// It holds no line numbers, so it outlives a rebase that moves the patch and dies with any other change to it.
// Files without hunks (binary, submodule, link, empty, mode alone, pure rename) are told apart by their object ids instead,
// and a change of type by both.
//
// It is empty when the mode, the lines or the object ids that it needs are not known. Two empty digests are not equal:
// callers compare with SamePatch.
//
// The function name that git prints after "@@" is no part of it, as it is looked up beyond the hunk's context.
func patchDigest(f File) string { return (&digest{hash: sha256.New()}).patch(f) }

func (d *digest) patch(f File) string {
	if !f.Complete() || f.State == "" || (f.Status != Added && f.OldMode == "") || (f.Status != Removed && f.Mode == "") {
		return ""
	}
	d.hash.Reset()
	d.gathered = d.gathered[:0]
	d.text(f.Path, f.OldPath, string(f.Status), string(f.State), f.OldMode, f.Mode)
	typeChange := f.OldMode != "" && f.Mode != "" && f.OldMode[:min(2, len(f.OldMode))] != f.Mode[:min(2, len(f.Mode))]
	if f.State != Text || typeChange {
		if (f.Status != Added && f.OldBlob == "") || (f.Status != Removed && f.Blob == "") {
			return ""
		}
		d.text(f.OldBlob, f.Blob)
	}
	if f.State != Text {
		return d.sum()
	}
	if len(f.Hunks) == 0 {
		return ""
	}
	d.number(len(f.Hunks))
	for _, h := range f.Hunks {
		d.number(len(h.Lines))
		for _, l := range h.Lines {
			mark := string(l.Op)
			if l.NoNewline {
				mark += `\`
			}
			d.text(mark, l.Text)
		}
	}
	return d.sum()
}

// SamePatch reports whether both digests are known and equal.
func SamePatch(a, b string) bool { return a != "" && a == b }

// owned is the digest of the patch of path, its name at the head; empty when the path is not among the files, is there
// twice, or its patch is not known.
func owned(files []File, path string) string {
	digest, found := "", false
	for _, f := range files {
		if f.Path != path {
			continue
		}
		if found {
			return ""
		}
		digest, found = patchDigest(f), true
	}
	return digest
}

// Digests holds the digest of every file by its path, for callers that ask for many. A path that occurs twice has none.
func Digests(files []File) map[string]string {
	out, d := make(map[string]string, len(files)), &digest{hash: sha256.New()}
	for _, f := range files {
		if _, twice := out[f.Path]; twice {
			out[f.Path] = ""
			continue
		}
		out[f.Path] = d.patch(f)
	}
	return out
}

// digest frames each part by its length, so that no two lists of parts have the same bytes. A patch is many short parts:
// they are gathered, since handing each of them to the hash costs more than hashing it.
type digest struct {
	hash     hash.Hash
	gathered []byte
}

// gatherAtMost bounds what is gathered, but for one part.
const gatherAtMost = 8 << 10

func (d *digest) number(n int) {
	d.gathered = binary.BigEndian.AppendUint64(d.gathered, uint64(n))
}

func (d *digest) text(parts ...string) {
	for _, p := range parts {
		d.number(len(p))
		d.gathered = append(d.gathered, p...)
		if len(d.gathered) >= gatherAtMost {
			d.flush()
		}
	}
}

func (d *digest) flush() {
	d.hash.Write(d.gathered)
	d.gathered = d.gathered[:0]
}

func (d *digest) sum() string {
	d.flush()
	return text.DigestOf(d.hash)
}
