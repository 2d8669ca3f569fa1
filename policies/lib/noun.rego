package lintel.lib

# noun is what people call the change on its forge, "pull request" or "merge request".
default noun := "pull request"

noun := input.change.noun

# recheck is how people have the verdict made again: GitHub has a button for it. recheck_too stands within a sentence,
# recheck_check says where the button is.
default recheck := "Press Re-check"

recheck := "Comment /lintel recheck" if noun == "merge request"

default recheck_too := "press Re-check"

recheck_too := "comment /lintel recheck" if noun == "merge request"

default recheck_check := "Press Re-check on the check"

recheck_check := recheck if noun == "merge request"
