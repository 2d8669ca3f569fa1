// Package checkhost is a machine that runs checks: its sandbox and the tools that it has, by the operator's file.
//
// Callers may rely on: what the file names and the machine does not have is an error at the start; the digest of a tool
// changes with its program, with what belongs to it, and with the packages of the machine.
package checkhost

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/catalogue"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/bwrap"
	"github.com/lintel-review/lintel/internal/sandbox/docker"
	"github.com/lintel-review/lintel/internal/sandbox/installed"
	"github.com/lintel-review/lintel/internal/sandbox/kubernetes"
	"github.com/lintel-review/lintel/internal/sandbox/kubernetes/cluster"
	"github.com/lintel-review/lintel/internal/tooljobs"
)

// Host is safe for concurrent use.
type Host struct {
	Backend sandbox.Backend
	// Places are the tools of this machine that may run.
	Places map[string]tooljobs.Place
	// Limits hold every check.
	Limits sandbox.Limits

	close   func() error
	shown   map[string][]string
	now     func() time.Time
	mu      sync.Mutex
	digests map[string]digest
}

// digest is that of a tool when it was looked at last.
type digest struct {
	value string
	at    time.Time
}

// fresh is how long a digest is taken for that of the tool: packages are not upgraded more often.
const fresh = time.Minute

// idle is how long a container waits for a check.
const idle = 5 * time.Minute

// Open opens the sandbox that the file names, and finds its tools. Containers may wait for checks beside the trees in a
// folder of this process alone; where it is empty, none waits.
func Open(ctx context.Context, c config.Checks, trees string, log *slog.Logger, now func() time.Time) (*Host, error) {
	h := &Host{
		close:  func() error { return nil },
		Places: map[string]tooljobs.Place{}, Limits: sandbox.DefaultLimits(), shown: map[string][]string{}, now: now,
		digests: map[string]digest{},
	}
	h.Limits.Disk = int64(c.Disk) << 20
	var err error
	waiting := filepath.Join(trees, "waiting.d") // no name of a mirror
	if c.Backend != "docker" && trees != "" {
		if err := os.RemoveAll(waiting); err != nil { // of a Lintel that was killed, by another sandbox
			return nil, fmt.Errorf("checks.folder: %w", err)
		}
	}
	switch c.Backend {
	case "docker":
		o := engine(c)
		o.Log = log
		if trees != "" {
			o.Wait = docker.Wait{Most: c.Warm, Folder: waiting, Idle: idle}
		}
		b, err := docker.New(ctx, o)
		if err != nil {
			return nil, fmt.Errorf("checks.backend: %w", err)
		}
		h.Backend, h.close = b, b.Close
	case "kubernetes":
		if h.Backend, err = kubernetes.New(ctx, pods(c)); err != nil {
			return nil, fmt.Errorf("checks.backend: %w", err)
		}
	case "bwrap":
		return h, h.openBwrap(c)
	default:
		h.Backend = sandbox.Off{}
	}
	return h, nil
}

// Close ends what waits for checks.
func (h *Host) Close() error { return h.close() }

func engine(c config.Checks) docker.Options {
	return docker.Options{Host: c.Socket, Runtime: c.Runtime}
}

func pods(c config.Checks) kubernetes.Options {
	k := c.Kubernetes
	return kubernetes.Options{
		Cluster:      cluster.Options{Kubeconfig: k.Kubeconfig, Namespace: k.Namespace},
		RuntimeClass: c.Runtime, Nodes: k.Nodes, PullSecrets: k.PullSecrets, Start: k.StartTimeout.Span(),
	}
}

func (h *Host) openBwrap(c config.Checks) (err error) {
	var all []string
	for _, t := range c.Tools {
		known, _ := catalogue.Find(t.Name) // the file was checked
		at, err := installed.Locate(known.Argv[0])
		if err == nil && t.Name == "golangci-lint" {
			var goes installed.Place
			goes, err = installed.Locate("go")
			at.Add(goes)
		}
		if err != nil {
			return fmt.Errorf("checks.tools: %s cannot run here: %w: install it where everybody may read it, or take it from the list",
				t.Name, err)
		}
		h.Places[t.Name] = tooljobs.Place{Program: at.Program, Path: at.Path, Env: at.Env}
		h.shown[t.Name] = at.Shown
		all = append(all, at.Shown...)
	}
	slices.Sort(all) // a folder stands before what lies in it
	if h.Backend, err = bwrap.New(bwrap.Options{Shown: slices.Compact(all)}); err != nil {
		return fmt.Errorf("checks.backend: %w", err)
	}
	return nil
}

// Digest is that of a tool, or of the image that it is in.
func (h *Host) Digest(ctx context.Context, tool, image string) (string, error) {
	if image != "" {
		return image, nil // it is named by its digest
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	known, ok := h.digests[tool]
	if ok && h.now().Sub(known.at).Abs() < fresh {
		return known.value, nil
	}
	place, ok := h.Places[tool]
	if !ok {
		return "", nil // the run says that the machine does not have it
	}
	sum := sha256.New()
	if err := content(sum, place.Program); err != nil {
		return "", err
	}
	for _, shown := range append(slices.Clone(h.shown[tool]), packages...) {
		if err := outline(ctx, sum, shown); err != nil {
			return "", err
		}
	}
	value := "sha256:" + hex.EncodeToString(sum.Sum(nil))
	h.digests[tool] = digest{value, h.now()}
	return value, nil
}

// packages are where package managers write down what they installed in /usr, and where others install by hand.
var packages = []string{"/var/lib/dpkg/status", "/lib/apk/db/installed", "/var/lib/rpm", "/usr/lib/sysimage/rpm",
	"/var/lib/pacman/local", "/usr/local/bin", "/usr/local/lib"}

// content adds the bytes of a file to a sum.
func content(sum hash.Hash, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("read a tool for its digest: %w", err)
	}
	defer f.Close()
	if _, err := io.Copy(sum, f); err != nil {
		return fmt.Errorf("read a tool for its digest: %w", err)
	}
	return nil
}

// outline adds the names, sizes and times of a folder's files to a sum. What is not there adds nothing.
func outline(ctx context.Context, sum hash.Hash, name string) error {
	err := filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // it is not there, or closed: then the tool cannot read it either
		}
		if info, err := d.Info(); err == nil && !d.IsDir() {
			fmt.Fprintf(sum, "%q %d %d\n", path, info.Size(), info.ModTime().UnixNano())
		}
		return ctx.Err()
	})
	if err != nil {
		return fmt.Errorf("look at a tool for its digest: %w", err)
	}
	return nil
}
