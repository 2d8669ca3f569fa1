package pages

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// TestReleaseNotes holds a release to the changelog: a version without words of its own is refused.
func TestReleaseNotes(t *testing.T) {
	t.Parallel()
	changelog := filepath.Join(t.TempDir(), "CHANGELOG.md")
	text := "# Changelog\n\n## Unreleased\n\n- Later.\n\n## 0.2.0 (2026-12-01)\n\n### Added\n\n- Two.\n\n" +
		"## 0.1.10\n\n\n## 0.1.1\n\n- One.\n"
	if err := os.WriteFile(changelog, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for version, want := range map[string]string{
		"v0.2.0":        "- Two.",
		"v0.1.1":        "- One.",
		"v0.1.10":       "CHANGELOG.md says nothing of 0.1.10",
		"v0.3.0":        "CHANGELOG.md says nothing of 0.3.0",
		"v0.2":          "v0.2 is no version such as v0.1.0",
		"v0.2.0; ls":    "is no version",
		"v0.2.0-rc.1":   "CHANGELOG.md says nothing of 0.2.0-rc.1",
		"Unreleased":    "is no version",
		"v0.2.0 (2026-": "is no version",
	} {
		out, err := exec.Command("../../scripts/release-notes.sh", version, changelog).CombinedOutput()
		if refused := !strings.HasPrefix(want, "- "); (err != nil) != refused || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v, %q, want %q", version, err, out, want)
		}
		if strings.Contains(string(out), "Later") {
			t.Errorf("%s: the notes have what is not released", version)
		}
	}
}

// TestReleaseFiles holds .goreleaser.yaml to the tree: every file that it packs is there or written by release-extras.sh,
// the six platforms are built, and Makefile and workflow name one goreleaser.
func TestReleaseFiles(t *testing.T) {
	t.Parallel()
	var release struct {
		Builds []struct {
			Goos, Goarch, Flags, Env []string
		}
		Archives []struct{ Files []struct{ Src string } }
		Nfpms    []struct {
			Formats  []string
			Contents []struct{ Src, Dst string }
		}
		Checksum struct{ Algorithm string }
		Signs    []struct{ Artifacts, Cmd string }
	}
	if err := yaml.Unmarshal([]byte(readRoot(t, ".goreleaser.yaml")), &release); err != nil {
		t.Fatal(err)
	}
	if len(release.Builds) != 1 || len(release.Archives) != 1 || len(release.Nfpms) != 1 || len(release.Signs) != 1 {
		t.Fatalf("%+v", release)
	}
	b := release.Builds[0]
	if !slices.Equal(b.Goos, []string{"linux", "darwin", "windows"}) || !slices.Equal(b.Goarch, []string{"amd64", "arm64"}) {
		t.Errorf("platforms %v %v", b.Goos, b.Goarch)
	}
	if !slices.Contains(b.Flags, "-trimpath") || !slices.Contains(b.Env, "CGO_ENABLED=0") {
		t.Errorf("a program of %v %v is neither static nor the same everywhere", b.Flags, b.Env)
	}
	if release.Signs[0].Artifacts != "checksum" || release.Checksum.Algorithm != "sha256" {
		t.Error("the signature does not cover the SHA-256 of every file")
	}
	extras := readRoot(t, "scripts/release-extras.sh")
	files := release.Archives[0].Files
	for _, c := range release.Nfpms[0].Contents {
		files = append(files, struct{ Src string }{c.Src})
	}
	for _, f := range files {
		if made, ok := strings.CutPrefix(f.Src, ".cache/release/"); ok {
			if folder, name, _ := strings.Cut(made, "/"); !strings.Contains(extras, "$out/"+folder) ||
				!strings.Contains(name, "*") && !strings.Contains(extras, "$out/"+made+"\"") {
				t.Errorf("release-extras.sh does not write %s", f.Src)
			}
			continue
		}
		if _, err := os.Stat(filepath.Join("../..", f.Src)); err != nil {
			t.Errorf("%s is packed and not there", f.Src)
		}
	}
	made := regexp.MustCompile(`GORELEASER_VERSION  := (v\S+)`).FindStringSubmatch(readRoot(t, "Makefile"))
	if made == nil || !strings.Contains(readRoot(t, ".github/workflows/release.yml"), "version: "+made[1]+"\n") {
		t.Errorf("Makefile and release.yml name two versions of goreleaser: %v", made)
	}
}
