package pages

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/config"
)

// service is the text of one service of a compose file.
func service(t *testing.T, file, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(readRoot(t, file), "\n  "+name+":\n")
	if !found {
		t.Fatalf("%s has no service %s", file, name)
	}
	if end := regexp.MustCompile(`(?m)^ ? ?[a-z]`).FindStringIndex(rest); end != nil {
		rest = rest[:end[0]]
	}
	return rest
}

// ran is what a service or unit gives lintel as arguments.
func ran(t *testing.T, text string) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^ +command: \["(.*)"\]|^ExecStart=/usr/local/bin/lintel (.*)$`).
		FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("nothing runs in\n%s", text)
	}
	return strings.ReplaceAll(m[1]+m[2], `", "`, " ")
}

// TestDeploymentsOfRoles: the files for several processes name each role of the program once, and are held as those for
// one.
func TestDeploymentsOfRoles(t *testing.T) {
	t.Parallel()
	const roles, serve = "deploy/compose.roles.yaml", "serve --config /etc/lintel/server.yml --roles "
	var named []string
	for _, name := range []string{"lintel", "work"} {
		list, found := strings.CutPrefix(ran(t, service(t, roles, name)), serve)
		if !found {
			t.Errorf("the service %s runs lintel %s", name, ran(t, service(t, roles, name)))
		}
		named = append(named, strings.Split(list, ",")...)
	}
	all := config.Default().EachRole()
	if slices.Sort(named); !slices.Equal(named, slices.Sorted(slices.Values(all))) {
		t.Errorf("%s shares out %q, the program has the roles %q", roles, named, all)
	}
	whole := service(t, "deploy/compose.yaml", "lintel")
	for _, name := range []string{"work", "checks"} {
		text := service(t, roles, name)
		for line := range strings.SplitSeq(whole, "\n") {
			if regexp.MustCompile(`^    (user|read_only|cap_drop|security_opt|restart|stop_grace_period):|^      - /tmp`).
				MatchString(line) &&
				!strings.Contains(text, line+"\n") {
				t.Errorf("%s: the service %s lost %q", roles, name, line)
			}
		}
	}
	unit, one := readRoot(t, "deploy/systemd/lintel@.service"), readRoot(t, "deploy/systemd/lintel.service")
	if got := ran(t, unit); got != serve+"%i" {
		t.Errorf("the unit of a role runs lintel %s", got)
	}
	settings := func(text string) (lines []string) {
		for line := range strings.Lines(text[strings.Index(text, "[Unit]"):]) {
			if !regexp.MustCompile(`^(#|Description=|Conflicts=|EnvironmentFile=|ExecStart=)`).MatchString(line) {
				lines = append(lines, line)
			}
		}
		return lines
	}
	if d := cmp.Diff(settings(one), settings(unit)); d != "" {
		t.Errorf("the unit of a role (+) is not held as that of one server (-):\n%s", d)
	}
	enabled := regexp.MustCompile(`lintel@([a-z]+)`).FindAllStringSubmatch(unit, -1)
	for _, role := range all {
		if !slices.ContainsFunc(enabled, func(m []string) bool { return m[1] == role }) {
			t.Errorf("the unit of a role does not say how to start %s", role)
		}
	}
}

// TestDeploymentsOfCheckWorkers: container, unit and what lintel worker says name one file and folder, and the forge's
// keys are out of reach.
func TestDeploymentsOfCheckWorkers(t *testing.T) {
	t.Parallel()
	unit, container := readRoot(
		t,
		"deploy/systemd/lintel-checks.service",
	), service(
		t,
		"deploy/compose.roles.yaml",
		"checks",
	)
	const want = "worker --queue checks --config /etc/lintel-checks/worker.yml"
	if u, c := ran(t, unit), ran(t, container); u != want || c != want ||
		!strings.Contains(readRoot(t, "docs/cli.md"), "lintel "+want) {
		t.Errorf("unit and container run lintel %q and %q, docs/cli.md shows %q", u, c, want)
	}
	users := readRoot(t, "deploy/systemd/lintel-checks.sysusers.conf")
	for text, lines := range map[string][]string{
		unit: {
			"\nUser=lintel-checks\n", "\nGroup=lintel-checks\n", "\nWorkingDirectory=/var/lib/lintel-checks\n",
			"\nStateDirectory=lintel-checks\n",
			"\nInaccessiblePaths=-/etc/lintel -/etc/lintel-worker -/var/lib/lintel\n",
		},
		container: {"- /etc/lintel-checks:/etc/lintel-checks:ro\n",
			"- /var/lib/lintel-checks:/var/lib/lintel-checks\n", "profiles: [checks]\n"},
		users: {"\nu lintel-checks - "},
	} {
		for _, line := range lines {
			if !strings.Contains(text, line) {
				t.Errorf("%q is not in\n%s", line, text)
			}
		}
	}
	if strings.Contains(container, "/etc/lintel:") || strings.Contains(unit, "\nSupplementaryGroups=") {
		t.Error("the worker gets the server's files")
	}
	held := func(text string) string {
		_, rest, _ := strings.Cut(text, "NoNewPrivileges=")
		return rest
	}
	if d := cmp.Diff(held(readRoot(t, "deploy/systemd/lintel.service")), held(unit)); d != "" {
		t.Errorf(
			"the worker's unit (+) is not held as the server's (-), before its drop-in opens what bwrap needs:\n%s",
			d,
		)
	}
}
