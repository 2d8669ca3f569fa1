package language

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// The names of folders and files that hold copies of other people's work. They are the names that linguist counts as
// vendored (its vendor.yml), less those that people write themselves: CI workflows, editor settings, test data,
// documentation, caches. The tests compare the two.

// copiedFolders hold copies, wherever they stand.
var copiedFolders = set(
	"node_modules", "bower_components", "dist", "extern", "external", "externals", "Extern", "External", "Externals", "vendors",
	"MathJax", "Carthage", "ace-builds", "bootstrap-datepicker", "xvba_modules", ".google_apis", "_vendor",
	"Crashlytics.framework", "Fabric.framework", "BuddyBuildSDK.framework",
)

// copiedAtRoot hold copies as folders of the root alone.
var copiedAtRoot = set("deps", "dependencies", "Dependencies")

// copiedBelow hold copies as folders of the folder named first.
var copiedBelow = map[string]map[string]bool{
	".yarn":  set("releases", "plugins", "sdks", "versions", "unplugged"),
	"Godeps": set("_workspace"),
	"gradle": set("wrapper"),
	".mvn":   set("wrapper"),
	"extjs":  set(".sencha", "builds", "cmd", "examples", "locale", "packages", "plugins", "resources", "src", "welcome"),
}

// copiedStarting hold copies as folders whose name begins so, below the folder named first.
var copiedStarting = map[string][]string{
	"tiny_mce":   {"langs", "plugins", "themes", "utils"},
	"codemirror": {"lib", "mode", "theme", "addon", "keymap", "demo"},
}

// copiedKinds are folders below which files of these extensions are copies.
var copiedKinds = map[string]map[string]bool{
	"font-awesome": styles,
	"fontawesome":  styles,
	"bourbon":      styles,
	"Bourbon":      styles,
	"select2":      set(".css", ".scss", ".js"),
	"flow-typed":   set(".js"),
	"extjs":        set(".js", ".xml", ".txt", ".html", ".properties"),
}

var styles = set(".css", ".less", ".scss", ".styl")

// thirdParty ends the name of a folder for what others wrote.
var thirdParty = []string{
	"3rdparty", "3rd-party", "3rd_party", "3rdParty", "3rd-Party", "3rd_Party",
	"thirdparty", "third-party", "third_party", "thirdParty", "third-Party", "third_Party",
	"Thirdparty", "Third-party", "Third_party", "ThirdParty", "Third-Party", "Third_Party",
}

// copiedFolder reports whether the folders of dir say that a file with the extension ext in it is a copy. dir ends with
// a slash and has no folder of ownFolders in it that counts.
func copiedFolder(dir, ext string) bool {
	parts := strings.Split(strings.TrimSuffix(dir, "/"), "/")
	if copiedAtRoot[parts[0]] {
		return true
	}
	for i, p := range parts {
		switch {
		case ownFolders[p]:
		case copiedFolders[p], vendorName(p), copiedKinds[p][ext], strings.HasPrefix(p, "Realm.framework"),
			strings.HasPrefix(p, "RealmSwift.framework"):
			return true
		case slices.ContainsFunc(thirdParty, func(end string) bool { return strings.HasSuffix(p, end) }),
			strings.HasSuffix(p, ".xctemplate"), strings.HasSuffix(p, ".imageset"):
			return true
		case i+1 < len(parts) && copiedChild(p, parts[i+1:]):
			return true
		}
	}
	return false
}

// vendorName knows "vendor" with any number of v, as linguist's list has it.
func vendorName(p string) bool {
	rest := strings.TrimLeft(p, "vV")
	return rest == "endor" && len(rest) < len(p)
}

func copiedChild(p string, below []string) bool {
	if copiedBelow[p][below[0]] && !ownFolders[below[0]] {
		return true
	}
	name := p
	if strings.EqualFold(p, "codemirror") {
		name = "codemirror"
		if len(below) > 1 && version(below[0]) {
			below = below[1:] // codemirror/5.65/lib
		}
	}
	if slices.ContainsFunc(copiedStarting[name], func(start string) bool { return strings.HasPrefix(below[0], start) }) {
		return true
	}
	// A NuGet package is unpacked to packages/Name.1.2.3.
	if p != "packages" && p != "Packages" {
		return false
	}
	for i, name := range below {
		if stem, number, found := cutLast(name, "."); found && digits(number) && (stem != "" || i > 0) {
			return true
		}
	}
	return false
}

func version(name string) bool {
	major, minor, found := strings.Cut(name, ".")
	return found && digits(major) && digits(minor)
}

func digits(s string) bool {
	for i := range len(s) {
		if !digit(s[i]) {
			return false
		}
	}
	return s != ""
}

// copiedFiles are put into a repository by tools, under these names.
var copiedFiles = set(
	"config.guess", "config.sub", "dotnet-install.ps1", "dotnet-install.sh", "gradlew", "gradlew.bat", "mvnw", "mvnw.cmd",
	"activator.bat", "_esy",
	".DS_Store", ".Ds_Store", ".dS_Store", ".ds_Store", ".DS_store", ".Ds_store", ".dS_store", ".ds_store",
)

// copiedStarts begin the names of files that tools put into a repository.
var copiedStarts = []string{
	"aclocal.m4", "libtool.m4", "ltoptions.m4", "ltsugar.m4", "ltversion.m4", "lt~obsolete.m4", "cpplint.py", "erlang.mk",
	".sublime-project",
	".sublime-workspace", ".indent.pro", "octicons.css", "sprockets-octicons.scss", "jquery.fn.gantt.js", "jquery.fancybox.js",
	"jquery.fancybox.css",
	"fuelux.js", "jquery.dataTables.js", "bootbox.js", "pdf.worker.js", "leaflet.draw-src.js", "leaflet.draw.css", "leaflet.spin.js",
	"Control.FullScreen.css", "Control.FullScreen.js", "wicket-leaflet.js", "Realm.framework", "RealmSwift.framework",
}

// copiedFile reports whether a file's own name says that it is a copy. Names of web libraries count where they hold
// "min." or a version, see versioned.
func copiedFile(base, ext string) bool {
	return copiedFiles[base] || slices.ContainsFunc(copiedStarts, func(start string) bool { return strings.HasPrefix(base, start) }) ||
		webExtensions[ext] && libraries().MatchString(base)
}

// libraries are the names under which people keep web libraries: a name, then what versions and builds add to it.
var libraries = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[.-]min\.(?:js|css)$|` + `import\.(?:css|less|scss|styl)$|^(?:` + strings.Join([]string{
		// scripts
		`(?:react(?:-[^.]*)?|(?:dojo|MochiKit|ckeditor|Chart|shCore|shLegacy|html5shiv|effects|controls|dragdrop))\.js`,
		`(?:jquery|yahoo-|yui|tiny_mce|shBrush|angular|d3|d3\.v\d+|cordova)[^.]*\.js`,
		`(?:prototype.*|foundation(?:\..*)?)\.js`,
		`jquery[^.]*\.(?:validate(?:\.unobtrusive)?|unobtrusive-ajax)\.js`,
		`jquery-\d\.\d+(?:\.\d+)?\.js`,
		`jquery\.fileupload(?:-\w+)?\.js`,
		`slick\.\w+.js`,
		`Leaflet\.Coordinates-\d+\.\d+\.\d+\.src\.js`,
		`mootools[^.]*\d+\.\d+.\d+[^.]*\.js`,
		`modernizr-\d\.\d+(?:\.\d+)?\.js`,
		`modernizr\.custom\.\d+\.js`,
		`knockout-(?:\d+\.){3}(?:debug\.)?js`,
		`cordova-\d\.\d(?:\.\d)?\.js`,
		`[Mm]icrosoft(?:[Mm]vc)?(?:[Aa]jax|[Vv]alidation)(?:\.debug)?\.js`,
		// style sheets, and both
		`(?:font-?awesome|foundation|normalize|skeleton|animate)\.(?:css|less|scss|styl)`,
		`materialize\.(?:css|less|scss|styl|js)`,
		`bulma\.(?:css|sass|scss)`,
		`fontello.*\.css`,
		`bootstrap[^/.]*(?:\..*)?\.(?:js|css|less|scss|styl)`,
		`custom\.bootstrap\S*(?:js|css|less|scss|styl)`,
		`jquery-ui(?:-\d\.\d+(?:\.\d+)?)?(?:\.\w+)?\.(?:js|css)`,
		`jquery\.(?:ui|effects)\.[^.]*\.(?:js|css)`,
	}, "|") + `)$|-vsdoc\.js$|\.intellisense\.js$`)
})
