package checkhost

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/docker"
	"github.com/lintel-review/lintel/internal/sandbox/kubernetes"
	"github.com/lintel-review/lintel/internal/settings"
)

// Examine looks at the sandbox that the file names and runs a program in it that does nothing. An empty image is the first
// that the file names by its digest.
func Examine(ctx context.Context, c config.Checks, image string, now func() time.Time) []sandbox.Look {
	image = cmp.Or(image, firstImage(c))
	switch c.Backend {
	case "kubernetes":
		return kubernetes.Examine(ctx, pods(c), image)
	case "docker":
		found := docker.Examine(ctx, engine(c), image)
		if last := found[len(found)-1]; last.Remedy != "" || last.Unsure {
			return found
		}
		return append(found, try(ctx, c, image, now)...)
	case "bwrap":
		return try(ctx, c, "", now)
	}
	return []sandbox.Look{{What: "sandbox", Unsure: true, Detail: "checks.backend is off: no check runs here"}}
}

// firstImage is the first image that the file names by its digest.
func firstImage(c config.Checks) string {
	var all []string
	for _, t := range c.Tools {
		all = append(all, t.Image)
	}
	for _, image := range append(all, c.Images...) {
		if settings.ImageByDigest(image) {
			return image
		}
	}
	return ""
}

// try opens the sandbox and runs a program in it.
func try(ctx context.Context, c config.Checks, image string, now func() time.Time) (found []sandbox.Look) {
	h, err := Open(ctx, c, "", nil, now)
	if err != nil {
		return []sandbox.Look{{What: "sandbox", Detail: err.Error(), Remedy: "docs/sandbox.md says what the sandbox needs"}}
	}
	for _, name := range slices.Sorted(maps.Keys(h.Places)) {
		found = append(found, sandbox.Look{What: "tool " + name, Detail: h.Places[name].Program})
	}
	folder, err := os.MkdirTemp("", "lintel-probe")
	if err == nil {
		defer os.RemoveAll(folder)
		err = os.Chmod(folder, 0o755) //nolint:gosec // jobs run as other users
	}
	if err != nil {
		return append(found, sandbox.Look{What: "run", Detail: err.Error(), Remedy: "TMPDIR must be a folder that can be written"})
	}
	began := now()
	got := h.Backend.Run(ctx, sandbox.Job{Image: image, Argv: []string{"/bin/sh", "-c", "exit 0"}, Tree: folder, Limits: h.Limits})
	if got.Ended != sandbox.Finished || got.Exit != 0 {
		why := cmp.Or(got.Why, fmt.Sprintf("status %d", got.Exit))
		return append(found, sandbox.Look{What: "run", Detail: fmt.Sprintf("a program that does nothing ended %s: %s", got.Ended, why),
			Remedy: "docs/sandbox.md says what the sandbox needs, under systemd and in containers, too"})
	}
	found = append(found, sandbox.Look{What: "run", Detail: fmt.Sprintf("a program that does nothing took %s in %s",
		now().Sub(began).Round(time.Millisecond), c.Backend)})
	for _, limit := range got.Unheld {
		what, detail, _ := strings.Cut(limit, ": ")
		found = append(found, sandbox.Look{What: "limit of " + what, Detail: detail, Unsure: true})
	}
	return found
}
