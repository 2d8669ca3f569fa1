//go:build linux && (amd64 || arm64)

package bwrap

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/lintel-review/lintel/internal/sandbox"
)

// settingsOfTools are the files below /etc that tools need. Nothing else of /etc is shown: it holds keys and passwords.
var settingsOfTools = []string{
	"alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "ssl/certs", "ssl/openssl.cnf", "ca-certificates.conf",
	"localtime", "timezone", "mime.types", "magic", "magic.mime", "nsswitch.conf", "os-release", "locale.alias",
	"protocols", "services", "terminfo", "fonts", "java*", "perl", "php", "python3*", "ImageMagick*",
}

// own are the folders of the sandbox that no image brings.
var own = []string{"dev", "proc", "sys", "tmp", "run", "tree", "job"}

// view is the part of bwrap's command line that makes the file system of a job, but for the tree.
func (b *backend) view(job sandbox.Job) ([]string, error) {
	var args []string
	if job.Image == "" {
		args = machine()
	} else {
		folder, ok := b.options.Images[job.Image]
		if !ok {
			return nil, fmt.Errorf("run in the image %q: the operator listed no folder of that name for bwrap", job.Image)
		}
		shown, err := image(folder)
		if err != nil {
			return nil, fmt.Errorf("run in the image %q: %w", job.Image, err)
		}
		args = shown
	}
	for _, folder := range b.options.Shown {
		args = append(args, "--ro-bind", folder, folder)
	}
	args = append(args,
		"--proc", "/proc",
		"--size", "65536", "--tmpfs", "/dev",
		"--symlink", "/proc/self/fd", "/dev/fd",
		"--symlink", "/proc/self/fd/0", "/dev/stdin",
		"--symlink", "/proc/self/fd/1", "/dev/stdout",
		"--symlink", "/proc/self/fd/2", "/dev/stderr",
		"--symlink", sandbox.WorkFolder+"/shm", "/dev/shm",
	)
	for _, device := range []string{"null", "zero", "full", "random", "urandom"} {
		args = append(args, "--dev-bind", "/dev/"+device, "/dev/"+device)
	}
	return append(args,
		"--size", strconv.FormatInt(max(job.Limits.Disk, 4096), 10), "--tmpfs", sandbox.WorkFolder,
		"--symlink", sandbox.WorkFolder+"/tmp", "/tmp",
		"--dir", "/run",
		"--remount-ro", "/dev",
	), nil
}

// machine shows the tools of this machine.
func machine() []string {
	args := []string{"--ro-bind", "/usr", "/usr"}
	for _, name := range []string{"bin", "sbin", "lib", "lib32", "lib64", "libx32"} {
		args = append(args, entry("/"+name, "/"+name)...)
	}
	if _, err := os.Stat("/usr/local/etc"); err == nil {
		args = append(args, "--size", "4096", "--tmpfs", "/usr/local/etc", "--remount-ro", "/usr/local/etc")
	}
	for _, pattern := range settingsOfTools {
		found, _ := filepath.Glob("/etc/" + pattern) // the patterns are ours and well formed
		for _, file := range found {
			args = append(args, "--ro-bind-try", file, file)
		}
	}
	return args
}

// image shows an unpacked root file system.
func image(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("read the folder: %w", err)
	}
	var args []string
	for _, e := range entries {
		if !slices.Contains(own, e.Name()) {
			args = append(args, entry(filepath.Join(folder, e.Name()), "/"+e.Name())...)
		}
	}
	return args, nil
}

// entry shows one file or folder of a root; a link stays a link, so that it points inside.
func entry(source, target string) []string {
	info, err := os.Lstat(source)
	switch {
	case err != nil:
		return nil
	case info.Mode()&os.ModeSymlink != 0:
		to, err := os.Readlink(source)
		if err != nil {
			return nil
		}
		return []string{"--symlink", to, target}
	case info.IsDir() || info.Mode().IsRegular():
		return []string{"--ro-bind", source, target}
	default:
		return nil
	}
}

// people is /etc/passwd and /etc/group of a job on the machine's tools.
const (
	people = "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:" + sandbox.WorkFolder + ":/bin/sh\n"
	teams  = "root:x:0:\nnogroup:x:65534:\n"
)
