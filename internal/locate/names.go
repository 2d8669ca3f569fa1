package locate

import (
	"path"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// drive is a Windows drive, and workspaces are where CI services check repositories out. What they name is the root of
// the repository for certain.
var (
	drive      = lazyregexp.New(`^/?[A-Za-z]:/`)
	workspaces = lazyregexp.New(`^(?:` + strings.Join([]string{
		// GitHub
		`/home/runner/work/[^/]+/[^/]+`, `/Users/runner/work/[^/]+/[^/]+`, `/[A-Za-z]:/a/[^/]+/[^/]+`, `/github/workspace`,
		`/__w/[^/]+/[^/]+`,
		`/home/vsts/work/\d+/s`, `(?:/[^/]+)*/_work/[^/]+/[^/]+`, // Azure and runners that people keep
		`/builds/[^/]+/[^/]+`, `(?:/[^/]+)*/builds/[A-Za-z0-9_-]{8,9}/\d+/[^/]+/[^/]+`, // GitLab
		`/home/circleci/project`, `/root/project`, `/Users/distiller/project`, `/(?:home|Users)/travis/build/[^/]+/[^/]+`,
		`(?:/[^/]+)*/(?:buildkite-agent|buildkite)/builds/[^/]+/[^/]+/[^/]+`, `/opt/atlassian/pipelines/agent/build`, `/opt/build/repo`,
		`/var/(?:lib/)?jenkins(?:_home)?/workspace/[^/]+`, `/home/jenkins/(?:agent/)?workspace/[^/]+`, `/drone/src`,
		`/woodpecker/src/[^/]+/[^/]+/[^/]+`,
		`/codebuild/output/src\d+/src(?:/[^/]+\.[^/]+/[^/]+/[^/]+)?`, `/bitrise/src`, `/[A-Za-z]:/projects/[^/]+`,
		`/tmp/cirrus-ci-build`, `/workspace/source`,
	}, "|") + `)/`)
	// checkouts are folders that people check out to in containers. They are a good guess and no more.
	checkouts = lazyregexp.New(
		`^/(?:app|src|code|workspace|workspaces/[^/]+|repo|project|build|work|mnt|data|srv|usr/src/[^/]+|usr/src|` +
			`var/www/html|var/www|var/task|go/src/[^/]+/[^/]+/[^/]+|opt/app|home/app)/`)
	system = lazyregexp.New(
		`^/(?:usr/(?:lib|lib32|lib64|share|include|bin|local|libexec)|lib|lib32|lib64|bin|sbin|etc|nix/store|snap|rustc|` +
			`opt/(?:homebrew|local|hostedtoolcache|venv|conda|rh)|Library|System|Applications|Program Files[^/]*|` +
			`ProgramData|Windows)(?:/|$)`)
)

// foreignFolder knows folders of what others wrote or a build made: a name below one never means a file of the repository by its end alone.
func foreignFolder(part string) bool {
	return slices.Contains(foreignFolders, part) || strings.HasPrefix(part, "cmake-build-") || strings.HasPrefix(part, "bazel-")
}

var foreignFolders = strings.Fields(
	`node_modules bower_components jspm_packages dist-packages site-packages __pypackages__ vendor vendors third_party third-party
 3rdparty external externals venv .venv .tox .nox .eggs .cargo .rustup .pyenv .rbenv .rvm .nvm .asdf .sdkman .m2 .gradle .nuget .bundle gems Pods Carthage .pnpm .yarn
 .build .next .nuxt .output .svelte-kit .dart_tool .pub-cache .cache .npm DerivedData SourcePackages dist target out obj _build deps elm-stuff generated-sources`)

// strange reports whether what a name loses, or what is put before it, leads into a folder of others or of a build.
func strange(prefix string) bool {
	if system.MatchString(prefix + "/") {
		return true
	}
	absolute := strings.HasPrefix(prefix, "/")
	parts := strings.Split(strings.Trim(prefix, "/"), "/")
	for i, part := range parts {
		// A whole checkout may stand in /build or /ci/build; a folder "build" any deeper is what a build made.
		if foreignFolder(part) || part == "build" && (!absolute || i > 1 || i < len(parts)-1) || part == "mod" && i > 0 &&
			parts[i-1] == "pkg" {
			return true
		}
	}
	return false
}

// known cuts the folder of a CI service from an absolute name.
func known(abs string) (rest string, ok bool) {
	if m := workspaces.FindString(abs); m != "" {
		return abs[len(m):], true
	}
	return "", false
}

// tidy writes a name with slashes, without a scheme and an escape. It keeps a Windows drive, as "/C:".
func tidy(name string) string {
	if rest, ok := strings.CutPrefix(name, "file:"); ok {
		rest = strings.TrimPrefix(strings.TrimPrefix(rest, "//"), "localhost")
		name = unescape(rest)
	}
	name = strings.ReplaceAll(name, `\`, "/")
	if rest, ok := strings.CutPrefix(name, "//?/"); ok {
		name = rest
	}
	return name
}

// clean is a tidy name in its shortest form: relative, or absolute with the drive, if any, as its first part. It is
// empty for what leads out of its folder.
func clean(name string) string {
	if m := drive.FindString(name); m != "" {
		name = "/" + strings.TrimPrefix(name, "/")
	}
	name = path.Clean(name)
	if name == "." || name == "/" || leadsOut(name) {
		return ""
	}
	return name
}

// outward is a tidy name that leads out of the folder that it is relative to, in its shortest form; empty for any other.
func outward(name string) string {
	if drive.MatchString(name) {
		return ""
	}
	if name = path.Clean(name); leadsOut(name) && name != ".." && !strings.HasSuffix(name, "/..") {
		return name
	}
	return ""
}

func leadsOut(name string) bool { return name == ".." || strings.HasPrefix(name, "../") }

// undrive takes the drive from an absolute name.
func undrive(abs string) string {
	if m := drive.FindString(abs); m != "" {
		return "/" + abs[len(m):]
	}
	return abs
}

// unescape reads "%20" as in the path of a URL; what is no escape stays.
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && hex(s[i+1]) >= 0 && hex(s[i+2]) >= 0 {
			b.WriteByte(byte(hex(s[i+1])<<4 | hex(s[i+2])))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// hex is the value of a digit, -1 for what is none.
func hex(c byte) int {
	return strings.IndexByte("0123456789abcdef", strings.ToLower(string(rune(c)))[0])
}

// fold is how names compare that differ only by case or by the Unicode form, as on macOS and Windows.
func fold(name string) string { return norm.NFC.String(strings.ToLower(name)) }

// tail is the last two parts of a path; empty when it has one.
func tail(p string) string {
	i := strings.LastIndexByte(p, '/')
	if i < 0 {
		return ""
	}
	return p[strings.LastIndexByte(p[:i], '/')+1:]
}
