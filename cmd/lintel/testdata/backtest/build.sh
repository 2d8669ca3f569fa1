set -e
export GIT_AUTHOR_NAME=Ann GIT_AUTHOR_EMAIL=ann@example.com GIT_COMMITTER_NAME=Ann GIT_COMMITTER_EMAIL=ann@example.com
git init --quiet --initial-branch=main shop && cd shop
day=1
change() { # one change a day
	at=$(printf '2026-03-%02dT12:00:00Z' $day)
	export GIT_AUTHOR_DATE="$at" GIT_COMMITTER_DATE="$at"
	day=$((day + 1))
	git add -A && git commit --quiet -m "$1"
}
cart() { printf 'package cart\n\nfunc Total() int { return 40 + %s }\n' "$1" >cart.go; }
echo '* @ann' >CODEOWNERS
change 'feat: open the shop (#1)'
cart 1
change 'feat: add up the cart (#2)'
cart 2
change 'fix: count what is in the cart (#3)'
i=0; while [ $i -lt 400 ]; do i=$((i + 1)); echo "var price$i = $i"; done >prices.go
change 'Added all of the prices. (#4)'
echo 'var stock = 3' >stock.go
change 'feat: keep a stock (#5)'
kept=$(git rev-parse HEAD)
git rm --quiet stock.go
change "$(printf 'Revert "feat: keep a stock" (#6)\n\nThis reverts commit %s.' "$kept")"
git switch --quiet -c discount
echo 'var discount = 10' >discount.go
change 'feat: give a discount'
git switch --quiet main
git merge --quiet --no-ff discount -m 'Merge pull request #7 from ann/discount' -m 'feat: give a discount'
day=28
echo 'Carts and prices.' >README.md
change 'docs: say what this is (#8)'
cat >../draft.yml <<END
version: 1
commits: { mode: enforce, style: conventional, squash: title }
size: { mode: enforce, fail_over: 300 }
ownership: { mode: enforce }
END
