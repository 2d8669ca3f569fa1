package diff

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
)

// TestDigestOfLongPatches holds the digest to its definition where a patch is longer than what is gathered at once, and
// where one line is.
func TestDigestOfLongPatches(t *testing.T) {
	f := File{Path: "f", Status: Modified, State: Text, OldMode: "100644", Mode: "100644", Hunks: []Hunk{{}}}
	for i := range 300 {
		f.Hunks[0].Lines = append(f.Hunks[0].Lines, Line{Op: Add, Text: strings.Repeat("x", i)})
	}
	f.Hunks[0].Lines = append(f.Hunks[0].Lines, Line{Op: Delete, Text: strings.Repeat("y", 3*gatherAtMost)}, Line{Op: Context, Text: "z"})
	h := sha256.New()
	number := func(n int) { h.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) }
	text := func(parts ...string) {
		for _, p := range parts {
			number(len(p))
			h.Write([]byte(p))
		}
	}
	text(f.Path, "", string(Modified), string(Text), f.OldMode, f.Mode)
	number(1)
	number(len(f.Hunks[0].Lines))
	for _, l := range f.Hunks[0].Lines {
		text(string(l.Op), l.Text)
	}
	if got, want := patchDigest(f), "sha256:"+hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestDigestSurvivesRebase uses real git: the same edit on a base that moved keeps its digest, and any change of the patch ends it.
//
// Attack by the author: Push after an approval: an approval holds only for a patch that is byte for byte the same,
// with context, path and mode. Also `internal/diff/digest_test.go` `TestDigestFraming`;
// `internal/analysis/ownership/golden_test.go` `TestGolden`.
func TestDigestSurvivesRebase(t *testing.T) {
	dir := newRepo(t)
	digest := func(before, after tree) string {
		t.Helper()
		a, b := writeTree(t, dir, before), writeTree(t, dir, after)
		files, err := Parse(strings.NewReader(realGit(t, dir, "", append(append([]string{"diff"}, GitFlags()...), a, b)...)), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		d := owned(files, "f")
		if d == "" || Digests(files)["f"] != d {
			t.Fatalf("digest %q, in the map %q", d, Digests(files)["f"])
		}
		return d
	}
	edit := func(s string) string { return strings.Replace(s, "l10", "L10", 1) }
	base := tree{"f": plainFile(twenty)}
	approved := digest(base, tree{"f": plainFile(edit(twenty))})

	moved := "new\nlines\nabove\n" + twenty
	if d := digest(tree{"f": plainFile(moved)}, tree{"f": plainFile(edit(moved))}); !SamePatch(approved, d) {
		t.Error("the patch moved down three lines and lost its digest")
	}
	far := strings.Replace(twenty, "l20", "far away", 1)
	if d := digest(tree{"f": plainFile(far)}, tree{"f": plainFile(edit(far)), "other": plainFile("x\n")}); !SamePatch(approved, d) {
		t.Error("a change beyond the context, or in another file, changed the digest")
	}
	for name, c := range map[string]struct{ before, after tree }{
		"another edit":  {base, tree{"f": plainFile(strings.Replace(twenty, "l10", "L1O", 1))}},
		"one more line": {base, tree{"f": plainFile(edit(twenty) + "more\n")}},
		"context moved": {tree{"f": plainFile(strings.Replace(twenty, "l09", "upstream", 1))},
			tree{"f": plainFile(edit(strings.Replace(twenty, "l09", "upstream", 1)))}},
		"executable now": {base, tree{"f": {"100755", edit(twenty)}}},
		"was executable": {tree{"f": {"100755", twenty}}, tree{"f": {"100755", edit(twenty)}}},
		"renamed":        {tree{"e": plainFile(twenty)}, tree{"f": plainFile(edit(twenty))}},
		"carriage":       {base, tree{"f": plainFile(strings.Replace(twenty, "l10", "L10\r", 1))}},
		"blank":          {base, tree{"f": plainFile(strings.Replace(twenty, "l10", "L10 ", 1))}},
		"added":          {tree{}, tree{"f": plainFile(edit(twenty))}},
		"link":           {base, tree{"f": {"120000", "l10"}}},
		"binary":         {base, tree{"f": plainFile("\x00")}},
	} {
		if SamePatch(approved, digest(c.before, c.after)) {
			t.Errorf("%s: the digest did not change", name)
		}
	}
	// Files without hunks differ by their ids.
	one := digest(tree{"f": plainFile("\x00a")}, tree{"f": plainFile("\x00b")})
	if SamePatch(one, digest(tree{"f": plainFile("\x00a")}, tree{"f": plainFile("\x00c")})) ||
		SamePatch(one, digest(tree{"f": plainFile("\x00x")}, tree{"f": plainFile("\x00b")})) {
		t.Error("two binary changes have one digest")
	}
	if !SamePatch(one, digest(tree{"f": plainFile("\x00a"), "g": plainFile("x")}, tree{"f": plainFile("\x00b")})) {
		t.Error("the same binary change has two digests")
	}
}

func TestDigestOfUnknown(t *testing.T) {
	hunks := []Hunk{{OldStart: 1, OldLines: 1, NewStart: 1, NewLines: 1, Lines: []Line{{Op: Delete, Text: "a"}, {Op: Add, Text: "b"}}}}
	whole := File{Path: "f", Status: Modified, OldMode: "100644", Mode: "100644"}.With(hunks)
	if patchDigest(whole) == "" {
		t.Fatal("a known patch has no digest")
	}
	for name, change := range map[string]func(*File){
		"too large":          func(f *File) { f.State = TooLarge },
		"unknown":            func(f *File) { f.State = Unknown },
		"no state":           func(f *File) { f.State = "" },
		"no mode":            func(f *File) { f.Mode = "" },
		"no old mode":        func(f *File) { f.OldMode = "" },
		"text without hunks": func(f *File) { f.Hunks = nil },
		"binary without ids": func(f *File) { f.State, f.Hunks, f.Blob = Binary, nil, "1" },
	} {
		f := whole
		change(&f)
		if d := patchDigest(f); d != "" {
			t.Errorf("%s: digest %s", name, d)
		}
	}
	if SamePatch("", "") {
		t.Error("two unknown digests are equal")
	}
	if owned([]File{whole}, "g") != "" || owned([]File{whole, whole}, "f") != "" || Digests([]File{whole, whole})["f"] != "" {
		t.Error("a path that is missing or there twice has a digest")
	}
}

// TestDigestFraming moves bytes between neighbouring fields; no two of these patches may share a digest.
func TestDigestFraming(t *testing.T) {
	one := func(lines ...Line) []Hunk { return []Hunk{{Lines: lines}} }
	seen := map[string]int{}
	for i, f := range []File{
		{Path: "ab", Hunks: one(Line{Op: Add, Text: "x"})},
		{Path: "a", OldPath: "b", Hunks: one(Line{Op: Add, Text: "x"})},
		{Path: "ab", Hunks: one(Line{Op: Add, Text: "x", NoNewline: true})},
		{Path: "ab", Hunks: one(Line{Op: Add, Text: `\x`})},
		{Path: "ab", Hunks: one(Line{Op: Add, Text: "x"}, Line{Op: Add})},
		{Path: "ab", Hunks: []Hunk{{Lines: []Line{{Op: Add, Text: "x"}}}, {Lines: []Line{{Op: Add}}}}},
		{Path: "ab", Hunks: one(Line{Op: Context, Text: "x"})},
		{Path: "ab", Hunks: one(Line{Op: Delete, Text: "x"})},
	} {
		f.Status, f.State, f.OldMode, f.Mode = Modified, Text, "100644", "100644"
		d := patchDigest(f)
		if other, twice := seen[d]; twice || d == "" {
			t.Errorf("patches %d and %d have the digest %q", other, i, d)
		}
		seen[d] = i
	}
}
