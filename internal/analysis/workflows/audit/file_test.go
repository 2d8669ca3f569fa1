package audit

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

// TestFindingsStandWhereTheyAre: an equal text in another step is not taken for the one that is found, however the first
// is written.
func TestFindingsStandWhereTheyAre(t *testing.T) {
	for name, c := range map[string]struct {
		step, audit string
		line        int
	}{
		"folded":  {"      - run: >-\n          echo\n          ${{\n          toJSON(secrets) }}\n", AllSecrets, 6},
		"quoted":  {"      - run: \"echo \\\n          ${{ toJSON(\\\n          secrets) }}\"\n", AllSecrets, 6},
		"written": {"      - run: |\n          echo\n          echo ${{ toJSON(secrets) }}\n", AllSecrets, 8},
		"alone":   {"      - run:\n          echo\n          ${{ toJSON(secrets) }}\n", AllSecrets, 8},
		"a script in quotes": {
			"      - run: \"echo \\\"${{ github.event.issue.title }}\\\"\"\n", TemplateInjection, 6,
		},
		"a command in quotes": {"      - run: \"npm \\\n          install -g eslint\"\n", LoosePackage, 6},
	} {
		later := "      - run: |\n          echo ${{ toJSON(secrets) }}\n          npm install -g eslint\n"
		if c.audit == TemplateInjection {
			later = "      - run: echo \"${{ github.event.issue.title }}\"\n"
		}
		head := "on: issues\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
		found, err := Workflow([]byte(strings.Replace(head, "    steps:\n", "    steps:\n"+c.step+later, 1)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		var lines []int
		for _, f := range found {
			if f.Audit == c.audit {
				lines = append(lines, f.Line)
			}
		}
		if len(lines) != 2 || lines[0] != c.line+1 || lines[1] <= lines[0] {
			t.Errorf("%s: %s on lines %v, want %d and a later one", name, c.audit, lines, c.line+1)
		}
	}
}

// TestEnvironmentWrites: what GitHub itself sets changes nothing that a stranger may choose.
func TestEnvironmentWrites(t *testing.T) {
	doubling := "" // each variable stands twice for the next one
	for i := range 60 {
		doubling += fmt.Sprintf("X%d=$X%d$X%d\n", i, i+1, i+1)
	}
	// Its value is longer than what is followed.
	long := "X=" + strings.Repeat("${{ github.sha }}", 10_000) + "\n"
	for written, want := range map[string]bool{
		`echo "SHA=${{ github.sha }}" >> "$GITHUB_ENV"`:                                                        false,
		`echo "RUN=${{ github.run_id }}-${{ runner.os }}" >> $GITHUB_ENV`:                                      false,
		`echo "N=${{ github.event.pull_request.number }}" >> $GITHUB_ENV`:                                      false,
		`echo "SHA=${{ github.event.workflow_run.head_sha }}" >> $GITHUB_ENV`:                                  false,
		`echo "T=${{ secrets.TOKEN }}" >> $GITHUB_ENV`:                                                         false,
		`echo "B=${{ github.base_ref || 'main' }}" >> $GITHUB_ENV`:                                             false,
		`echo "V=${{ matrix.version }}" >> $GITHUB_ENV`:                                                        false,
		`echo "$HOME/bin" >> $GITHUB_PATH`:                                                                     false,
		`echo "H=${GITHUB_SERVER_URL#https://}" >> $GITHUB_ENV`:                                                false,
		"H=${GITHUB_SERVER_URL#https://}\necho \"H=${H}\" >> $GITHUB_ENV":                                      false,
		`echo "I=${IMAGE,,}" >> $GITHUB_ENV`:                                                                   false,
		`echo "I=${{ env.IMAGE }}" >> $GITHUB_ENV`:                                                             false,
		`echo "T=${TITLE}" >> $GITHUB_ENV`:                                                                     true,
		`echo "T=${{ env.TITLE }}" >> $GITHUB_ENV`:                                                             true,
		`echo "T=${{ github.event.pull_request.title }}" >> $GITHUB_ENV`:                                       true,
		`echo "T=${{ github.head_ref }}" >> $GITHUB_ENV`:                                                       true,
		`echo "T=$GITHUB_HEAD_REF" >> $GITHUB_ENV`:                                                             true,
		`echo "T=${{ format('{0}', github.event.pull_request.head.label) }}" >> $GITHUB_ENV`:                   true,
		`echo "T=${{ github.event.workflow_run.head_branch }}" >> $GITHUB_ENV`:                                 true,
		`echo "T=${{ steps.read.outputs.title }}" >> $GITHUB_ENV`:                                              true,
		`echo "T=${{ matrix.from }}" >> $GITHUB_ENV`:                                                           false,
		`echo "PR=$(cat pr.txt)" >> $GITHUB_ENV`:                                                               true,
		"echo \"PR=`cat pr.txt`\" >> $GITHUB_ENV":                                                              true,
		"cat theirs.env >> $GITHUB_ENV":                                                                        true,
		"X=1\nX=$(cat pr.txt)\necho \"X=$X\" >> $GITHUB_ENV":                                                   true,
		"H=\"${GITHUB_SERVER_URL#https://}\"\nH=\"${H#http://}\"\necho \"H=${H}\" >> $GITHUB_ENV":              false,
		`echo "V=$(date +'%Y%m%d')" >> $GITHUB_ENV`:                                                            false,
		"D=$(date -d \"${{ github.event.workflow_run.run_started_at }}\" '+%d')\necho \"D=$D\" >> $GITHUB_ENV": false,
		"D=$(date -d \"${{ github.event.issue.title }}\" '+%d')\necho \"D=$D\" >> $GITHUB_ENV":                 true,
		"GITHUB_SHA=$(cat theirs)\necho \"S=$GITHUB_SHA\" >> $GITHUB_ENV":                                      true,
		doubling + "echo \"X=$X0\" >> $GITHUB_ENV":                                                             true,
		long + "echo $X >> $GITHUB_ENV":                                                                        true,
		"X=1\nY=2; X=$TITLE\necho \"X=$X\" >> $GITHUB_ENV":                                                     true,
		"X=\"a\n$TITLE\"\necho \"X=$X\" >> $GITHUB_ENV":                                                        true,
		"X=\\\n$TITLE\necho \"X=$X\" >> $GITHUB_ENV":                                                           true,
		"X=(\n$TITLE\n)\necho \"X=$X\" >> $GITHUB_ENV":                                                         true,
		`echo "N=$NAME" >> $GITHUB_ENV`:                                                                        true,
		`echo "N=$GITHUB_NAME" >> $GITHUB_ENV`:                                                                 true,
		`echo "I=$INNER" >> $GITHUB_ENV`:                                                                       false,
		`echo "V=$(date -d $(cat theirs))" >> $GITHUB_ENV`:                                                     true,
		"X=1\nX+=$(cat theirs)\necho \"X=$X\" >> $GITHUB_ENV":                                                  true,
		"X=1\nmapfile -t X < theirs\necho \"X=$X\" >> $GITHUB_ENV":                                             true,
		"X=1\nif true; then X=$TITLE; fi\necho \"X=$X\" >> $GITHUB_ENV":                                        true,
		"X=1 Y=$(cat theirs)\necho \"Y=$Y\" >> $GITHUB_ENV":                                                    true,
		"echo \"UNKNOWN=1\"\necho \"U=$UNKNOWN\" >> $GITHUB_ENV":                                               true,
		"IMAGE=$TITLE\necho \"I=$IMAGE\" >> $GITHUB_ENV":                                                       true,
		"X=$Y\nY=$X\necho \"X=$X\" >> $GITHUB_ENV":                                                             false,
		"X=1\nread X < theirs\necho \"X=$X\" >> $GITHUB_ENV":                                                   true,
		`echo "X=${HOME:-$(cat theirs)}" >> $GITHUB_ENV`:                                                       true,
		`echo "U=$UNKNOWN" >> $GITHUB_ENV`:                                                                     true,
		"export X=${{ github.event.pull_request.body }}; echo X=$X >> $GITHUB_ENV":                             true,
		"for X in $(git diff --name-only); do X=$X; done\necho \"X=$X\" >> $GITHUB_ENV":                        true,
		"printf 'A<<EOF\\n%s\\nEOF\\n' \"$TITLE\" >> $GITHUB_ENV":                                              true,
		`echo "A=plain" >> "${GITHUB_ENV}"`:                                                                    false,
		`echo "S=${{ github.event.pull_request.head.sha }} ${{ github.event.x }}" >>$GITHUB_ENV`:               true,
		"{\n  echo \"T=$TITLE\"\n} >> \"$GITHUB_ENV\"":                                                         true,
		"{\n  echo \"S=$GITHUB_SHA\"\n  echo \"A=1\"\n} >> \"$GITHUB_ENV\"":                                    false,
		"echo \"$TITLE\"\n{\n  echo \"S=$GITHUB_SHA\"\n} >> \"$GITHUB_ENV\"":                                   false,
		"{\n  echo 'T<<X'\n  {\n    echo \"$TITLE\"\n  }\n  echo X\n} >> \"$GITHUB_ENV\"":                      true,
		"{ echo \"T=$TITLE\"; } >> $GITHUB_ENV":                                                                true,
		"{ echo \"S=$GITHUB_SHA\"; } >> $GITHUB_ENV":                                                           false,
		"(\n  echo \"T=$TITLE\"\n) >> $GITHUB_ENV":                                                             true,
		"for i in 1 2; do\n  echo \"T$i=$TITLE\"\ndone >> $GITHUB_ENV":                                         true,
		"if [ -n \"$TITLE\" ]; then\n  echo \"HAS=1\"\nfi >> $GITHUB_ENV":                                      false,
		"if [ -n \"$TITLE\" ]; then\n  echo \"HAS=$TITLE\"\nfi >> $GITHUB_ENV":                                 true,
		"if [ -n \"$TITLE\" ]; then echo \"HAS=$TITLE\"; fi >> $GITHUB_ENV":                                    true,
		"{\n  X=$TITLE\n  echo \"A=1\"\n  echo \"$TITLE\" >&2\n} >> $GITHUB_ENV":                               false,
		"echo \"A=$TITLE\"\n} >> $GITHUB_ENV":                                                                  true,
		`echo "T=$TITLE" | tee -a "$GITHUB_ENV"`:                                                               true,
		`echo "S=$GITHUB_SHA" | tee -a "$GITHUB_ENV"`:                                                          false,
		`cat theirs | tee -a "$GITHUB_ENV"`:                                                                    true,
		`tee -a "$GITHUB_ENV" < theirs`:                                                                        true,
		"cat theirs |\n  tee -a $GITHUB_ENV":                                                                   true,
		"echo \"T=$TITLE\" \\\n  >> $GITHUB_ENV":                                                               true,
		"F=$GITHUB_ENV\necho \"T=$TITLE\" >> $F":                                                               true,
		"F=\"${GITHUB_ENV}\"; G=$F\necho \"T=$TITLE\" >> \"$G\"":                                               true,
		"F=$GITHUB_ENV\necho \"S=$GITHUB_SHA\" >> $F":                                                          false,
		"F=$GITHUB_OUTPUT\necho \"T=$TITLE\" >> $F":                                                            false,
		`echo "T=$TITLE" >> "${{ github.env }}"`:                                                               true,
		`echo "T=$TITLE" >> "$FILE"`:                                                                           true,
		"exec >> $GITHUB_ENV\necho \"T=$TITLE\"":                                                               true,
		"f() {\n  echo \"T=$TITLE\"\n}\nf >> $GITHUB_ENV":                                                      true,
		"cat >> $GITHUB_ENV <<EOF\nT=$TITLE\nEOF":                                                              true,
		"cat <<EOF >> $GITHUB_ENV\nS=$GITHUB_SHA\nEOF\necho \"$TITLE\"":                                        false,
		"cat <<'EOF' >> $GITHUB_ENV\nT=$TITLE\nEOF":                                                            false,
		"cat <<'EOF' >> $GITHUB_ENV\nT=${{ github.head_ref }}\nEOF":                                            true,
		`cat >> $GITHUB_ENV <<< "$TITLE"`:                                                                      true,
		"echo \"A=1\nB=$TITLE\nC=2\" >> $GITHUB_ENV":                                                           true,
		`jq -r .title theirs.json >> $GITHUB_ENV`:                                                              true,
		`cp theirs "$GITHUB_ENV"`:                                                                              true,
		`echo "A=plain" >> $env:GITHUB_ENV`:                                                                    false,
		`echo "A=$TITLE" >> $env:GITHUB_ENV`:                                                                   true,
		`"A=plain" | Out-File -FilePath $env:GITHUB_ENV -Append`:                                               false,
		`echo A=%TITLE%>> %GITHUB_ENV%`:                                                                        true,
	} {
		text := "on: pull_request_target\npermissions: {}\nenv:\n  IMAGE: ghcr.io/${{ github.repository }}\n" +
			"  NAME: ${{ github.head_ref }}\njobs:\n  a:\n" +
			"    runs-on: ubuntu-latest\n    strategy:\n      matrix:\n        version: [1, 2]\n        from: [x]\n    steps:\n" +
			"      - env:\n          TITLE: ${{ github.event.pull_request.title }}\n" +
			"          NAME: ${{ env.NAME }}\n" +
			"          GITHUB_NAME: ${{ github.head_ref }}\n          FILE: ${{ github.env }}\n          INNER: ${{ env.IMAGE }}\n" +
			"        run: |\n          " +
			strings.ReplaceAll(written, "\n", "\n          ") + "\n"
		found, err := Workflow([]byte(text), Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := false
		for _, f := range found {
			got = got || f.Audit == EnvironmentWrite
		}
		if got != want {
			t.Errorf("%s: found %v, want %v", written, got, want)
		}
	}
}

// TestExpressionsHaveAnEnd: what is longer than GitHub takes is not read: a chain of half a megabyte took minutes.
func TestExpressionsHaveAnEnd(t *testing.T) {
	for n, want := range map[int]int{2_999: 3_000, 3_000: 0} {
		tree, got := parse(" "+strings.Repeat("env.A||", n)+"env.A  "), 0
		if tree != nil {
			got = len(flowing(tree))
		}
		if got != want {
			t.Errorf("%d parts flow of %d, want %d", got, n+1, want)
		}
	}
}

// TestPathOfALongChain: the path of a chain is put together once. Each name with all before it was hundreds of megabytes.
func TestPathOfALongChain(t *testing.T) {
	tree := parse("a" + strings.Repeat(".b", 10_000))
	if got := path(tree); got != "a"+strings.Repeat(".b", 10_000) {
		t.Errorf("a path of %d bytes", len(got))
	}
	if made := testing.AllocsPerRun(3, func() { path(tree) }); made > 100 {
		t.Errorf("%v pieces of memory for one path", made)
	}
}

// TestNamesOfFilesTakeLinearTime: a line of many assignments, and an environment around many steps, are read once. Each
// assignment with the rest of its line, and each step with all of the environment, took longer than any deadline.
func TestNamesOfFilesTakeLinearTime(t *testing.T) {
	const n = 2000
	of := func(text string, around *actionlint.Env) *script {
		w := &actionlint.Workflow{Env: around}
		return &script{a: &auditor{workflow: w}, job: &actionlint.Job{}, step: &actionlint.Step{}, text: text}
	}
	many := of(strings.Repeat("A=$b;", n)+"Z=$GITHUB_ENV", nil)
	if made := testing.AllocsPerRun(1, func() { many.sinks() }); made > 50*n {
		t.Errorf("%v pieces of memory for one line", made)
	}
	around := &actionlint.Env{Vars: map[string]*actionlint.EnvVar{}}
	for i := range n {
		name := fmt.Sprintf("V%d", i)
		text := &actionlint.String{Value: "$b ${{ github.env }}"}
		around.Vars[name] = &actionlint.EnvVar{Name: &actionlint.String{Value: name}, Value: text}
	}
	step := of("W=$V7; X=$W\nY=$GITHUB_OUTPUT", around)
	writes := step.sinks()
	if made := testing.AllocsPerRun(1, func() { step.sinks() }); made > n {
		t.Errorf("%v pieces of memory for one more step", made)
	}
	for line, want := range map[string]bool{
		"a >> $V3": true, "a >> $W": true, "a >> ${X}": true, "a >> $Y": false, "a >> $b": false,
	} {
		if got := writes(line); got != want {
			t.Errorf("%s: %t, want %t", line, got, want)
		}
	}
}
