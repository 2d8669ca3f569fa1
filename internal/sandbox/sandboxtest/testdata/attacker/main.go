// Command attacker tries to do harm from inside a sandbox. Each line that it prints beginning with "HARM" is harm done.
package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

func main() {
	attack, args := os.Args[1], os.Args[2:]
	found, ok := attacks[attack]
	if !ok {
		fmt.Println("HARM to the test: unknown attack", attack)
		os.Exit(1)
	}
	found(args)
}

var attacks = map[string]func([]string){
	"archive":   archive,
	"command":   command,
	"arguments": func(args []string) { _ = json.NewEncoder(os.Stdout).Encode(args) },
	"exit":      func(args []string) { n, _ := strconv.Atoi(args[0]); os.Exit(n) },
	"daemon":    daemon,
	"device":    device,
	"disk":      disk,
	"env":       func([]string) { _ = json.NewEncoder(os.Stdout).Encode(os.Environ()) },
	"escape":    escape,
	"flood":     flood,
	"fork":      fork,
	"hold":      func([]string) { hold() },
	"inodes":    inodes,
	"kill":      func([]string) { _ = syscall.Kill(-1, syscall.SIGKILL); _ = syscall.Kill(os.Getppid(), syscall.SIGKILL) },
	"leave":     leave,
	"list":      list,
	"memory":    memory,
	"network":   network,
	"read":      read,
	"report":    report,
	"search":    search,
	"segfault":  func([]string) { signal.Reset(); _ = syscall.Kill(os.Getpid(), syscall.SIGSEGV); hold() },
	"sleep":     func([]string) { time.Sleep(time.Hour) },
	"spin":      spin,
	"walk":      walk,
	"write":     write,
}

// hold ignores what can be ignored and stays.
func hold() {
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT)
	time.Sleep(time.Hour)
}

// again starts the attacker once more, in a session of its own.
func again(args ...string) error {
	c := exec.Command("/proc/self/exe", args...)
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return c.Start()
}

func fork(args []string) {
	started := 0
	for begin := time.Now(); time.Since(begin) < 1500*time.Millisecond; {
		if err := again("fork", "deeper"); err == nil {
			started++
		}
	}
	if len(args) < 2 {
		fmt.Println("started", started)
	}
	hold()
}

func daemon(args []string) {
	for range 3 {
		if err := again("hold", args[0]); err != nil {
			fmt.Println("no daemon:", err)
		}
	}
}

func memory(args []string) {
	size, _ := strconv.Atoi(args[0])
	for range len(args[1:]) { // one more process for each further argument
		_ = again("memory", args[0])
	}
	debug.SetGCPercent(-1)
	block := make([]byte, size<<20)
	for i := 0; i < len(block); i += 4096 {
		block[i] = 1
	}
	time.Sleep(2 * time.Second)
	if len(args) == 1 {
		fmt.Println("HARM: kept", len(block)>>20, "MiB")
	}
}

func disk(args []string) {
	f, err := os.Create(args[0])
	if err != nil {
		fmt.Println("no file:", err)
		os.Exit(1)
	}
	block, total := make([]byte, 1<<20), 0
	for {
		n, err := f.Write(block)
		total += n
		if err != nil || total > 1<<30 {
			fmt.Println("wrote", total)
			os.Exit(1)
		}
	}
}

func inodes([]string) {
	n := 0
	for ; n < 1_000_000; n++ {
		f, err := os.Create(filepath.Join("/job", strconv.Itoa(n)))
		if err != nil {
			break
		}
		_ = f.Close()
	}
	fmt.Println("made", n)
	os.Exit(1)
}

func flood(args []string) {
	out := os.Stdout
	if args[0] == "stderr" {
		out = os.Stderr
	}
	block := bytes.Repeat([]byte("flood\n"), 10_000)
	for total := 0; total < 1<<30; total += len(block) {
		if _, err := out.Write(block); err != nil {
			return
		}
	}
	fmt.Println("HARM: wrote 1 GiB")
}

func write(args []string) {
	for _, path := range args {
		if err := os.WriteFile(path, []byte("x"), 0o666); err == nil {
			fmt.Println("HARM: wrote", path)
		}
		if f, err := os.OpenFile(path, os.O_WRONLY, 0); err == nil {
			_ = f.Close()
			fmt.Println("HARM: opened for writing", path)
		}
	}
}

// command writes a command to the standard input of the first process, and of the one that started this.
func command(args []string) {
	for _, pid := range []int{1, os.Getppid()} {
		f, err := os.OpenFile(fmt.Sprintf("/proc/%d/fd/0", pid), os.O_WRONLY|syscall.O_NONBLOCK, 0)
		if err == nil {
			_, err = fmt.Fprintf(f, "\n%s\n", args[0])
		}
		fmt.Println(pid, err)
	}
}

func read(args []string) {
	for _, path := range args {
		if content, err := os.ReadFile(path); err == nil {
			fmt.Printf("HARM: read %s: %.200q\n", path, content)
		}
	}
}

// search looks at every process and at every folder that can be seen for the word that is told backwards.
func search(args []string) {
	secret := []byte(backwards(args[0]))
	entries, _ := os.ReadDir("/proc")
	count := 0
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		count++
		for _, name := range []string{"cmdline", "environ", "mountinfo"} {
			if content, _ := os.ReadFile("/proc/" + e.Name() + "/" + name); bytes.Contains(content, secret) {
				fmt.Println("HARM: found in process", e.Name(), name)
			}
		}
	}
	fmt.Println("processes", count)
	_ = filepath.WalkDir("/", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case d.IsDir() && (path == "/proc" || path == "/usr" || path == "/sys" || path == "/dev"):
			return filepath.SkipDir
		case strings.Contains(path, string(secret)):
			fmt.Println("HARM: found", path)
		case d.Type().IsRegular() && path != "/tree/attacker":
			if info, err := d.Info(); err != nil || info.Size() > 1<<20 {
				fmt.Println("large", path)
				return nil
			}
			if content, _ := os.ReadFile(path); bytes.Contains(content, secret) {
				fmt.Println("HARM: found in", path)
			}
		}
		return nil
	})
}

func backwards(s string) string {
	out := []byte(s)
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return string(out)
}

// network takes addresses as network=address.
func network(args []string) {
	for _, arg := range args {
		network, address, _ := strings.Cut(arg, "=")
		c, err := net.DialTimeout(network, address, 500*time.Millisecond)
		if err != nil {
			continue
		}
		_, err = c.Write([]byte("hello\n"))
		if err == nil && network != "udp" {
			fmt.Println("HARM: reached", arg)
		}
		_ = c.Close()
	}
	if names, err := net.LookupHost("example.com"); err == nil {
		fmt.Println("HARM: resolved", names)
	}
	if names, err := net.LookupHost("metadata.google.internal"); err == nil {
		fmt.Println("HARM: resolved", names)
	}
	interfaces, _ := net.Interfaces()
	for _, i := range interfaces {
		if i.Flags&net.FlagLoopback == 0 {
			if addresses, _ := i.Addrs(); len(addresses) > 0 {
				fmt.Println("HARM: an interface with an address:", i.Name, addresses)
			}
		}
	}
}

func device(args []string) {
	if err := syscall.Mknod("/job/disk", syscall.S_IFBLK|0o666, 8<<8); err == nil {
		fmt.Println("HARM: made a block device")
	}
	if err := syscall.Mknod("/job/memory", syscall.S_IFCHR|0o666, 1<<8|1); err == nil {
		fmt.Println("HARM: made a character device")
	}
	for _, path := range []string{"/dev/sda", "/dev/vda", "/dev/mem", "/dev/kvm", "/dev/tty", "/dev/fuse", "/dev/net/tun"} {
		if f, err := os.OpenFile(path, os.O_RDWR, 0); err == nil {
			_ = f.Close()
			fmt.Println("HARM: opened", path)
		}
	}
}

// escape tries what needs rights.
func escape(args []string) {
	status, _ := os.ReadFile("/proc/self/status")
	for _, want := range args {
		if !strings.Contains(string(status), strings.ReplaceAll(want, "=", ":\t")+"\n") {
			fmt.Println("HARM: the process's status is not", want)
		}
	}
	try := func(what string, err error) {
		if err == nil {
			fmt.Println("HARM:", what)
		}
	}
	if os.Getuid() == 0 || os.Geteuid() == 0 {
		fmt.Println("HARM: it is root")
	}
	try("became root", syscall.Setuid(0))
	try("became root's group", syscall.Setgid(0))
	try("made a user namespace", syscall.Unshare(syscall.CLONE_NEWUSER))
	try("made a mount namespace", syscall.Unshare(syscall.CLONE_NEWNS))
	try("mounted", syscall.Mount("none", "/job/tmp", "tmpfs", 0, ""))
	try("made the tree writable", syscall.Mount("", "/tree", "", syscall.MS_REMOUNT|syscall.MS_BIND, ""))
	try("changed its root", syscall.Chroot("/job"))
	try("named the machine", syscall.Sethostname([]byte("owned")))
	try("raised a limit", syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{Cur: 1 << 30, Max: 1 << 30}))
	c := exec.Command("/proc/self/exe", "exit", "0")
	c.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := c.Start(); err == nil && os.Getenv("MAY_TRACE") == "" {
		fmt.Println("HARM: traced a process")
	}
	setuid()
	descriptors()
	f, err := os.OpenFile("/proc/sys/kernel/core_pattern", os.O_WRONLY, 0)
	try("opened core_pattern", err)
	_ = f.Close()
	f, err = os.OpenFile("/proc/sysrq-trigger", os.O_WRONLY, 0)
	try("opened sysrq-trigger", err)
	_ = f.Close()
}

// descriptors looks for what somebody forgot to close, and tries what it is good for.
func descriptors() {
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		to, err := os.Readlink("/proc/self/fd/" + e.Name())
		n, _ := strconv.Atoi(e.Name())
		if err != nil || n <= 2 || strings.HasPrefix(to, "anon_inode:") {
			continue
		}
		info, err := os.Stat("/proc/self/fd/" + e.Name())
		mode, _, failed := syscall.Syscall(syscall.SYS_FCNTL, uintptr(n), syscall.F_GETFL, 0)
		switch {
		case err == nil && info.IsDir():
			fmt.Println("HARM: inherited a folder", n, to)
		case failed == 0 && mode&syscall.O_ACCMODE != syscall.O_RDONLY:
			fmt.Println("HARM: inherited a descriptor to write to", n, to)
		case !strings.HasPrefix(to, "/"):
			fmt.Println("HARM: inherited", n, to)
		default:
			fmt.Println("inherited, only to read:", n, to)
		}
	}
}

// leave leaves a file wherever it can be left.
func leave(args []string) {
	for _, path := range args {
		_ = os.WriteFile(path, []byte("left"), 0o666)
	}
}

// list names the files of the tree.
func list([]string) {
	var names []string
	entries, _ := os.ReadDir("/tree")
	for _, e := range entries {
		names = append(names, e.Name())
	}
	_ = json.NewEncoder(os.Stdout).Encode(names)
}

// spin keeps four threads busy and says how much of the processors they got.
func spin([]string) {
	begin := time.Now()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for n := 0; time.Since(begin) < 2*time.Second; {
				for range 1 << 20 {
					n++
				}
			}
		})
	}
	all.Wait()
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	took := time.Duration(used.Utime.Nano() + used.Stime.Nano())
	fmt.Printf("took %f of %f\n", took.Seconds(), time.Since(begin).Seconds())
}

// archive writes an archive that would leave the folder it is unpacked in, as the report and to standard output.
func archive(args []string) {
	var b bytes.Buffer
	deep := strings.Repeat("../", 12)
	names := []string{"../" + args[1], deep + args[1], deep + "tmp/" + args[1], "/" + args[1], "/tmp/" + args[1]}
	switch args[0] {
	case "zip":
		z := zip.NewWriter(&b)
		for _, name := range names {
			w, _ := z.Create(name)
			_, _ = w.Write([]byte("slipped"))
		}
		_ = z.Close()
	case "tar":
		t := tar.NewWriter(&b)
		for _, name := range names {
			_ = t.WriteHeader(&tar.Header{Name: name, Size: 7, Mode: 0o666, Typeflag: tar.TypeReg})
			_, _ = t.Write([]byte("slipped"))
		}
		_ = t.WriteHeader(&tar.Header{Name: "out", Linkname: deep + "etc", Typeflag: tar.TypeSymlink})
		_ = t.WriteHeader(&tar.Header{Name: "out/" + args[1], Size: 7, Mode: 0o666, Typeflag: tar.TypeReg})
		_, _ = t.Write([]byte("slipped"))
		_ = t.WriteHeader(&tar.Header{Name: "../" + args[1], Devmajor: 1, Devminor: 5, Mode: 0o666, Typeflag: tar.TypeChar})
		_ = t.Close()
	}
	if err := os.WriteFile("/job/r", b.Bytes(), 0o600); err != nil {
		fmt.Println("HARM to the test:", err)
	}
	_, _ = os.Stdout.Write(b.Bytes())
}

// setuid makes a copy of the attacker that would run as its owner, and runs programs of the machine that would be root.
func setuid() {
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		return
	}
	_ = os.WriteFile("/job/copy", self, 0o755)
	_ = os.Chown("/job/copy", 0, 0)
	_ = os.Chmod("/job/copy", 0o6755)
	out, _ := exec.Command("/job/copy", "read", "/etc/shadow").CombinedOutput()
	fmt.Print(string(out))
	for _, program := range []string{"/usr/bin/su", "/usr/bin/sudo", "/usr/bin/pkexec", "/usr/bin/mount"} {
		if out, err := exec.Command(program, "-c", "id").CombinedOutput(); err == nil && bytes.Contains(out, []byte("uid=0")) {
			fmt.Println("HARM: root by", program)
		}
	}
}

func report(args []string) {
	path := args[1]
	_ = os.MkdirAll(filepath.Dir(path), 0o777)
	var err error
	switch args[0] {
	case "plain":
		err = os.WriteFile(path, []byte("report"), 0o600)
	case "link":
		err = os.Symlink(args[2], path)
	case "folder":
		err = os.Mkdir(path, 0o777)
	case "linked-folder":
		_ = os.Remove(filepath.Dir(path))
		err = os.Symlink(args[2], filepath.Dir(path))
	case "pipe":
		err = syscall.Mkfifo(path, 0o666)
	case "socket":
		_, err = net.Listen("unix", path)
	case "device":
		if err := syscall.Mknod(path, syscall.S_IFCHR|0o666, 1<<8|5); err == nil {
			fmt.Println("HARM: made a device")
		}
	case "bomb":
		bomb := "<?xml version=\"1.0\"?><!DOCTYPE b [<!ENTITY a0 \"lol\">"
		for i := range 20 {
			bomb += fmt.Sprintf("<!ENTITY a%d \"%s\">", i+1, strings.Repeat(fmt.Sprintf("&a%d;", i), 10))
		}
		err = os.WriteFile(path, []byte(bomb+"]><checkstyle><file name=\"&a20;\"/></checkstyle>"), 0o600)
	case "hardlink":
		if err := os.Link(args[2], path); err == nil {
			fmt.Println("HARM: linked", args[2])
		}
	case "huge":
		if err = os.WriteFile(path, nil, 0o600); err == nil {
			err = os.Truncate(path, 500<<20)
		}
	}
	if err != nil {
		fmt.Println("HARM to the test:", err)
	}
}

func walk(args []string) {
	count := 0
	_ = filepath.WalkDir("/tree", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			count++
		}
		return nil
	})
	input, err := io.ReadAll(os.Stdin)
	fmt.Println("files", count, "input", len(input), err)
}
