#!/usr/bin/env bash
# Writes internal/analysis/coverage/formats/testdata/jvm/{jacoco,cobertura}.xml anew: two reports of one program that runs the same way twice, once under
# JaCoCo and once instrumented by Cobertura. The reports are committed, as a JDK and both tools are more than a test run should fetch.
# Needs Debian's default-jdk-headless, libjacoco-java and cobertura.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
here=$root/internal/analysis/coverage/formats/testdata/jvm
jars=/usr/share/java
for need in "$jars/org.jacoco.report.jar" "$jars/cobertura.jar"; do
	[[ -e $need ]] || { echo "jvm-reports: $need is missing: apt-get install default-jdk-headless libjacoco-java cobertura" >&2; exit 1; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here"
find src/main/java -name '*.java' -print0 | xargs -0 javac -g --release 8 -nowarn -d "$work/classes"
libraries=$jars/org.jacoco.core.jar:$jars/org.jacoco.report.jar:$jars/asm.jar:$jars/asm-tree.jar:$jars/asm-commons.jar:$jars/asm-analysis.jar
javac -cp "$libraries" -d "$work/driver" "$root/tools/coverage/Jacoco.java"
java -cp "$work/driver:$libraries" Jacoco "$work/classes" src/main/java shop.Main "$work/jacoco.xml"
cobertura-instrument --datafile "$work/cobertura.ser" --destination "$work/instrumented" "$work/classes" >/dev/null
java -Dnet.sourceforge.cobertura.datafile="$work/cobertura.ser" -cp "$work/instrumented:$work/classes:$jars/cobertura.jar" shop.Main >/dev/null
cobertura-report --format xml --datafile "$work/cobertura.ser" --destination "$work" src/main/java >/dev/null
cp "$work/jacoco.xml" jacoco.xml
sed 's/ timestamp="[0-9]*"//' "$work/coverage.xml" >cobertura.xml
