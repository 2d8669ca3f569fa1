package language

import (
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/go-enry/go-enry/v2"

	"github.com/lintel-review/lintel/internal/language/generator"
)

// vendoredByLinguist is what this package said when it asked linguist's list itself: the list, less ownFolders and ownFiles.
func vendoredByLinguist(file string) bool {
	dir, base := path.Split(file)
	ext := path.Ext(base)
	parts := strings.Split(dir, "/")
	for i, p := range parts {
		if ownFolders[p] {
			parts[i] = "_"
		}
	}
	switch {
	case dir != "" && (enry.IsVendor(strings.Join(parts, "/")+"_"+ext) || within(dir, "_vendor")):
		return true
	case ownFiles[base], strings.HasSuffix(base, ".d.ts"), webExtensions[ext] && !strings.Contains(base, "min.") && !versioned(base):
		return false
	}
	return enry.IsVendor(base)
}

// libraryFolder holds the names with which linguist's patterns for files also match folders: "(^|/)react(-[^.]*)?\.js$"
// takes every script below react-app/ for a copy of React. We do not.
var libraryFolder = []string{"angular", "bootstrap", "cordova", "d3", "fontello", "foundation", "jquery", "mootools", "prototype",
	"react-", "shBrush", "tiny_mce", "yahoo-", "yui",
	"custom.bootstrap"}

func belowLibraryFolder(file string) bool {
	dir, _ := path.Split(file)
	return slices.ContainsFunc(strings.Split(dir, "/"), func(p string) bool {
		return slices.ContainsFunc(libraryFolder, func(start string) bool { return strings.HasPrefix(p, start) })
	})
}

// TestVendoredLikeLinguist makes paths of the words that linguist's patterns are made of and holds our tables against them.
func TestVendoredLikeLinguist(t *testing.T) {
	folders := strings.Fields(
		`src a node_modules bower_components dist extern External externs vendor vvendor Vendor vendors Endor MathJax Carthage ace-builds bootstrap-datepicker
		xvba_modules .google_apis Crashlytics.framework Realm.framework Realm.framework2 RealmSwift.framework x.xctemplate x.imageset third_party Third-Party my3rdParty thirdparty2 deps
		dependencies Dependencies .yarn releases plugins sdks cache versions unplugged Godeps _workspace gradle wrapper .mvn extjs .sencha docs builds cmd examples locale packages
		resources welcome tiny_mce langs themes utils CodeMirror codemirror 5.65 lib library mode theme addon keymap demo Packages Name.1.2.3 x.5 .5 font-awesome fontawesome bourbon
		select2 flow-typed env testdata fixtures tests .github .vscode debian doc admin_media Sparkle puphpet inst extdata _build Fabric.framework BuddyBuildSDK.framework css js`)
	names := strings.Fields(
		`main.go x.js x.css x.scss x.xml x.txt x.html x.properties config.guess config.sub configure gradlew gradlew.bat mvnw mvnw.cmd activator.bat _esy .DS_Store .ds_store
		aclocal.m4 libtool.m4 ltoptions.m4 ltsugar.m4 lt~obsolete.m4 ltversion.m4.in cpplint.py erlang.mk .sublime-workspace octicons.css octicons.css.map pdf.worker.js pdf.worker.js.gz
		sprockets-octicons.scss x.min.js x-min.css xmin.js x.min.mjs import.min.css x.import.css jquery.js jquery-1.2.js jquery-1.2.3.js jquery-1.2.3.min.js jquery-ui-1.10.4.custom.js
		jquery-ui-1.2.css jquery.ui.core.min.js jquery.effects.blind.js jquery.validate.min.js jquery.validate.unobtrusive.js bootstrap.min.css bootstrap-3.3.7.js bootstrap.3.4.less
		custom.bootstrap.min.css custom.bootstrap-1.2.css font-awesome.min.css font-awesome-4.7.css foundation.5.5.js foundation.min.css materialize.1.0.js bulma.0.9.css react-16.8.js
		react-dom.min.js angular-1.2.3.js angular.min.js d3.v3.js d3.v3.min.js d3-4.1.js modernizr-2.8.3.js modernizr.custom.123.js knockout-3.4.2.js knockout-3.4.2.debug.js
		mootools-core-1.4.5.js mootools.1.2.3-yc.js cordova-2.9.js cordova-2.9.0.js Leaflet.Coordinates-0.1.4.src.js slick.1.js slick.min.js fontello-1.2.css prototype-1.7.js
		Microsoft.1.2.js MicrosoftMvcAjax.debug.js yui-min.js yui-3.1.js x-vsdoc.1.2.js x-1.2-vsdoc.js x-1.2.intellisense.js jquery.fancybox.css jquery.fancybox-1.3.4.js bootbox.js
		leaflet.draw.css Control.FullScreen.js wicket-leaflet.js fuelux.js fuelux.min.js dotnet-install.sh dotnet-install.py x.d.ts Jenkinsfile Vagrantfile .gitignore run.n waf rebar
		shCore.min.js effects.min.js controls-1.2.js ckeditor.js html5shiv.min.js normalize.css normalize-3.0.css normalize.min.css animate.min.css Chart.min.js Chart.js tiny_mce_src.js
		jquery.fileupload-ui.js jquery.dataTables.js jquery.fn.gantt.js Realm.framework.zip`)
	r := rand.New(rand.NewPCG(3, 9))
	vendored := 0
	check := func(file string) {
		got, want := NewClassifier(nil).vendored(file), vendoredByLinguist(file)
		if want {
			vendored++
		}
		if got != want && !belowLibraryFolder(file) {
			t.Errorf("%s: vendored is %v, linguist says %v", file, got, want)
		}
	}
	for _, name := range names {
		check(name)
		check("src/" + name)
	}
	for range 8_000 {
		var parts []string
		for range 1 + r.IntN(3) {
			parts = append(parts, folders[r.IntN(len(folders))])
		}
		check(strings.Join(append(parts, names[r.IntN(len(names))]), "/"))
	}
	if vendored < 2_000 {
		t.Errorf("only %d paths are vendored: the test tests little", vendored)
	}
}

// A folder that is called after a library may well hold the team's own work.
func TestFoldersCalledAfterLibraries(t *testing.T) {
	for _, file := range []string{"packages/react-dom/src/client.js", "angular-app/src/main.js", "prototypes/cart/pay.js",
		"jquery-plugins/own.js", "d3-charts/bar.js", "yui-shim/x.js"} {
		if NewClassifier(nil).vendored(file) {
			t.Errorf("%s is taken for a copy", file)
		}
	}
}

// TestGeneratedNamesLikeLinguist compares names; what byName knows is asked first, as Classify does.
func TestGeneratedNamesLikeLinguist(t *testing.T) {
	for _, file := range strings.Fields(
		`Main.nib x/y.xcuserstate a.xcworkspacedata .idea/x.xml a/.idea/b Pods/x.m a/Pods/x.h MyPods/x.m Carthage/Build/x Carthage/Other a.designer.cs A.Designer.VB
		x.feature.cs x.FEATURE.CS node_modules/x.js Gopkg.lock glide.lock poetry.lock esy.lock a.esy.lock .pnp.js a/.pnp.loader.mjs pnp.js Godeps/Godeps.json
		composer.lock x.zep.c .zep.c a.zep.php Cargo.lock Cargo.toml.orig flake.lock MODULE.bazel.lock Pipfile.lock .terraform.lock.hcl a/__generated__/b.ts x_TLB.pas htmlcov/i.html
		.sqlx/query-1.json a/.sqlx/query-abc.json .sqlx/query-.json .sqlx/other.json xsqlx/query-1.json main.go src/pods/x.m idea/x htmlcover/x package-lock.json pnpm-lock.yaml uv.lock`) {
		got := byName(file) != Source || generator.Name(file)
		if want := enry.IsGenerated(file, nil); got != want {
			t.Errorf("%s: generated is %v, linguist says %v", file, got, want)
		}
	}
}
