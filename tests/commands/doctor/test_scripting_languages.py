# SPDX-License-Identifier: MIT
"""What `covenv doctor` finds in projects in Ruby and Perl: that coverage is lost is shown by the languages' own tools."""

import json
import os
import subprocess

import pytest

RUN = "require 'simplecov'\nSimpleCov.start\n"


@pytest.fixture
def ruby(patient):
    """A Ruby project whose helper of tests starts SimpleCov as its documentation says, and a child's file."""
    for folder in ("bin", "lib", "spec"):
        (patient.folder / folder).mkdir()
    patient.write("lib/shop.rb", "def price\n  2\nend\nprice\n")
    patient.write("bin/child.rb", "require_relative '../lib/shop'\n")
    patient.write("spec/spec_helper.rb", RUN + "require_relative '../lib/shop'\n")
    patient.write("simplecov_child.rb", "require 'simplecov'\nSimpleCov.command_name \"child #{Process.pid}\"\n"
                  f"SimpleCov.root '{patient.folder}'\nSimpleCov.start\n")
    return patient


def measures_children(patient):
    return {"RUBYOPT": f"-r{patient.folder}/simplecov_child"}


def exported(fix):
    """The variable of a fix that is an export."""
    name, _, value = fix.removeprefix("export ").partition("=")
    return {name: value}


def results(patient, program, times=1, cwd=None, **variables):
    """SimpleCov's results after that many runs of a program: {name: lines of lib/shop.rb that ran}."""
    for _ in range(times):
        subprocess.run(["ruby", program], cwd=cwd or patient.folder, env={**os.environ, **variables}, capture_output=True)
    stored = patient.folder / "coverage" / ".resultset.json"
    return {
        name: sum(1 for count in result["coverage"].get(f"{patient.folder}/lib/shop.rb", {"lines": []})["lines"] if count)
        for name, result in (json.loads(stored.read_text()) if stored.exists() else {}).items()
    }


def test_a_ruby_project_in_order(ruby):
    ruby.doctor(env=measures_children(ruby)).nothing()
    ruby.write(".rspec", "--require spec_helper\n")
    ruby.write("spec/rails_helper.rb", "require 'spec_helper'\n# require_relative '../lib/shop'\n")
    ruby.doctor(env={"RUBYOPT": "-W0 " + measures_children(ruby)["RUBYOPT"]}).nothing()
    assert list(results(ruby, "spec/spec_helper.rb").values()) == [3]


def test_simplecov_that_starts_late(ruby):
    ruby.write("spec/spec_helper.rb", "require 'json'\nrequire_relative '../lib/shop'\n" + RUN)
    assert list(results(ruby, "spec/spec_helper.rb").values()) == [0], "the defect is one"
    finding = ruby.doctor(env=measures_children(ruby)).only("simplecov-late")
    assert finding["where"] == "spec/spec_helper.rb:2"
    ruby.write("spec/spec_helper.rb", RUN + "require 'json'\nrequire_relative '../lib/shop'\n")
    ruby.doctor(env=measures_children(ruby)).nothing()


@pytest.mark.parametrize("line", ["require 'shop'", "require './lib/shop'", "require File.expand_path('../lib/shop', __dir__)",
                                  "load '../lib/shop.rb'"])
def test_simplecov_by_its_own_file_that_starts_late(line, ruby):
    ruby.write(".simplecov", "SimpleCov.start\n")
    ruby.write("spec/spec_helper.rb", f"require 'json'\n{line}\nrequire 'simplecov'\n")
    assert ruby.doctor(env=measures_children(ruby)).only("simplecov-late")["where"] == "spec/spec_helper.rb:2"
    ruby.write("spec/spec_helper.rb", f"require 'json'\nrequire 'simplecov'\n{line}\n")
    ruby.doctor(env=measures_children(ruby)).nothing()


def test_simplecov_that_does_not_start_in_children(ruby):
    assert results(ruby, "bin/child.rb") == {}, "the defect is one"
    finding = ruby.doctor().only("simplecov-children")
    assert finding["where"] == "spec/spec_helper.rb"
    mended = exported(finding["fix"].partition(", and ")[2])
    ruby.doctor(env=mended).nothing()
    assert list(results(ruby, "bin/child.rb", **mended).values()) == [3]


def test_a_file_of_simplecov_that_is_relative(ruby):
    wrong = {"RUBYOPT": "-r./simplecov_child"}
    elsewhere = ruby.folder / "spec"
    assert results(ruby, "../bin/child.rb", cwd=elsewhere, **wrong) == {}, "the defect is one"
    mended = exported(ruby.doctor(env=wrong).only("simplecov-relative")["fix"])
    ruby.doctor(env=mended).nothing()
    assert list(results(ruby, "../bin/child.rb", cwd=elsewhere, **mended).values()) == [3]


def test_children_of_one_name(ruby):
    mended = measures_children(ruby)
    child = ruby.folder / "simplecov_child.rb"
    right = child.read_text()
    child.write_text(right.replace("child #{Process.pid}", "child"))
    assert len(results(ruby, "bin/child.rb", times=2, **mended)) == 1, "the defect is one"
    finding = ruby.doctor(env=mended).only("simplecov-same-name")
    assert finding["where"] == f"{ruby.folder}/simplecov_child.rb:2"
    child.write_text(right.replace("command_name \"child #{Process.pid}\"", finding["fix"]))
    ruby.doctor(env=mended).nothing()
    (ruby.folder / "coverage" / ".resultset.json").unlink()
    assert len(results(ruby, "bin/child.rb", times=2, **mended)) == 2


def test_results_that_expire(ruby):
    helper = "require 'simplecov'\nSimpleCov.start do\n  merge_timeout 5\nend\n"
    ruby.write("spec/spec_helper.rb", helper)
    finding = ruby.doctor(env=measures_children(ruby)).only("simplecov-expires")
    assert finding["where"] == "spec/spec_helper.rb:3"
    ruby.write("spec/spec_helper.rb", helper.replace("merge_timeout 5", finding["fix"]))
    ruby.doctor(env=measures_children(ruby)).nothing()


@pytest.fixture
def perl(patient):
    """A Perl project, and runs(variables): how many runs Devel::Cover has in the project's database after one in t/."""
    (patient.folder / "t").mkdir()
    patient.write("t/shop.pl", "my $price = 2;\n")

    def runs(**variables):
        subprocess.run(["perl", "shop.pl"], cwd=patient.folder / "t", env={**os.environ, **variables}, check=True,
                       capture_output=True)
        return len(list(patient.folder.glob("cover_db/runs/*")))

    patient.runs = runs
    return patient


@pytest.mark.parametrize("wrong", ["-MDevel::Cover", "-MDevel::Cover=-silent,1", "-MDevel::Cover=-db,cover_db,-silent,1"])
def test_a_database_that_is_relative(wrong, perl):
    assert perl.runs(PERL5OPT=wrong) == 0, "the defect is one"
    mended = exported(perl.doctor(env={"PERL5OPT": wrong}).only("perl-database-relative")["fix"])
    perl.doctor(env=mended).nothing()
    assert perl.runs(**mended) == 1


def test_perl_that_is_measured_in_test_files_alone(perl):
    wrong = {"HARNESS_PERL_SWITCHES": "-MDevel::Cover=-silent,1"}
    assert perl.runs(**wrong) == 0, "the defect is one"
    finding = perl.doctor(env=wrong).only("perl-children")
    mended = exported(finding["fix"])
    perl.doctor(env=wrong | mended).nothing()
    assert perl.runs(**wrong, **mended) == 1


def test_perl_in_order(perl):
    perl.doctor(env={"PERL5OPT": "-Mstrict"}).nothing()
    perl.doctor(env={"PERL5OPT": f"-w -MDevel::Cover=-silent,1,-db,{perl.folder}/cover_db -Mstrict"}).nothing()
