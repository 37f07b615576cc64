package doctor

import "strings"

// checkPerlServer checks for Debian's package gearman-server, which is not gearmand.
func (d *inspection) checkPerlServer(s *section) {
	perl, good := d.hasPackage("gearman-server"), d.hasPackage("gearman-job-server")
	switch {
	case perl && good:
		s.warn("gearman-server", "apt-get remove gearman-server", "the Perl Gearman::Server is installed alongside gearman-job-server, on the same port")
	case perl:
		s.fail("gearman-server", replacePerl, "the package is the Perl Gearman::Server, which takes no service checks: gearmand is in gearman-job-server")
	}
}

// hasPackage reports whether dpkg has a package installed.
func (d *inspection) hasPackage(name string) bool {
	_, entry, found := strings.Cut("\n"+d.root.Text("/var/lib/dpkg/status"), "\nPackage: "+name+"\n")
	entry, _, _ = strings.Cut(entry, "\n\n")
	return found && strings.Contains("\n"+entry, "\nStatus: install ok installed")
}
