// SPDX-License-Identifier: MIT
#include "shim/journal/journal.h"

#include <string_view>

#include "shim/coverage/own_code.h"
#include "shim/coverage/python_sources.h"
#include "shim/journal/journal_file.h"
#include "shim/journal/traced_sets.h"
#include "shim/journal/tracer_calls.h"
#include "shim/python/python_object.h"
#include "shim/session/recorder.h"
#include "shim/state/confined.h"
#include "shim/state/ownership.h"

namespace covenv {
namespace {

constexpr std::size_t kMostJournals = 4;
constexpr std::uint64_t kDropsBetweenTries = 256;

/// The text of a bytes object, valid as long as the object lives; empty for any other object.
std::string_view text_of(PyObject* bytes) {
  char* text = nullptr;
  std::ptrdiff_t size = 0;
  if (bytes == nullptr || PyBytes_AsStringAndSize(bytes, &text, &size) != 0) return {};
  return {text, static_cast<std::size_t>(size)};
}

template <typename T>
std::string_view bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

PyObject* kept(PyObject* object) {
  if (object != nullptr) Py_IncRef(object);
  return object;
}

/// The journal of one Coverage. The Coverage's dicts are never released, because the address of a
/// set that is gone could be another set's.
struct Journal {
  JournalFile file;
  PyObject* description = nullptr;  ///< from coverage/journal.py, see Part
  PyObject* data = nullptr;         ///< file names -> sets
  PyObject* file_tracers = nullptr;
  PyObject* context = nullptr;  ///< bytes
  PyObject* selected = nullptr;
  bool names_are_written = false;  ///< each set of `data` has its kFile entry
  bool is_wanted = false;          ///< false: no file could be made
  bool is_left = false;            ///< in a forked child, whose data would not be combined
  bool is_saving = false;
  bool is_saved = false;
  bool has_values = false;  ///< a line has been measured
  std::uint64_t drops = 0;
};

/// The parts of a description, in the order of describe() in coverage/journal.py.
enum Part : std::ptrdiff_t {
  kKind,
  kTracer,
  kData,
  kFileTracers,
  kAbout,
  kContext,
  kFirstFolder,
  kSecondFolder,
  kKey,
  kRun,
  kDataFile,
  kExecutable,
  kHome,
  kCombined,  ///< empty: the data of children will not be combined
  kFollow,
};

constinit Journal journals[kMostJournals] = {};
constinit std::size_t count = 0;
constinit JournalFile handed_over = {};
using Callback = void (*)();
constinit Callback on_loss = nullptr;
constinit char run_entry[96] = "COVENV_RUN=";
constexpr std::size_t kRunAt = 11;

PyObject* part(const Journal& journal, Part which) {
  return PyTuple_GetItem(journal.description, which);
}

bool write_file_name(Journal& journal, PyObject* set, PyObject* name) {
  const PyRef bytes(PyUnicode_AsEncodedString(name, "utf-8", "surrogateescape"));
  if (!bytes) {
    PyErr_Clear();
    return false;
  }
  const auto address = reinterpret_cast<std::uint64_t>(set);
  const std::string_view text[] = {bytes_of(address), text_of(bytes.get())};
  return journal.file.append(JournalEntry::kFile, text);
}

bool write_file_tracer(Journal& journal, PyObject* name, PyObject* plugin) {
  const PyRef file(PyUnicode_AsEncodedString(name, "utf-8", "surrogateescape"));
  const PyRef tracer(PyUnicode_AsEncodedString(plugin, "utf-8", "surrogateescape"));
  if (!file || !tracer) {
    PyErr_Clear();
    return false;
  }
  const std::uint64_t size = text_of(file.get()).size();
  const std::string_view text[] = {bytes_of(size), text_of(file.get()), text_of(tracer.get())};
  return journal.file.append(JournalEntry::kFileTracer, text);
}

bool open_file(Journal& journal) {
  const JournalIdentity identity = {.key = text_of(part(journal, kKey)),
                                    .run = text_of(part(journal, kRun)),
                                    .data_file = text_of(part(journal, kDataFile)),
                                    .executable = text_of(part(journal, kExecutable)),
                                    .home = text_of(part(journal, kHome))};
  for (const Part folder : {kFirstFolder, kSecondFolder}) {
    const std::string_view path = text_of(part(journal, folder));
    const std::string_view about[] = {text_of(part(journal, kAbout))};
    const std::string_view context[] = {text_of(journal.context)};
    if (path.empty() || !journal.file.open(path, identity, about, context)) continue;
    journal.selected = nullptr;
    journal.names_are_written = false;
    record_measured(MeasuredWith::kJournal);
    return true;
  }
  return false;
}

/// The file name of a set in `data`; nullptr if `data` does not hold the set. Borrowed.
PyObject* name_of(const Journal& journal, PyObject* set) {
  std::ptrdiff_t at = 0;
  PyObject* name = nullptr;
  PyObject* value = nullptr;
  while (PyDict_Next(journal.data, &at, &name, &value) != 0) {
    if (value == set) return name;
  }
  return nullptr;
}

/// Returns false if coverage records no such key.
bool to_word(PyObject* key, JournalWord& value) {
  value = PyLong_AsUnsignedLongLong(key);
  if (PyErr_Occurred() == nullptr) return fits_value_word(value);
  PyErr_Clear();
  PyObject* const from = PyTuple_GetItem(key, 0);
  PyObject* const to = from != nullptr ? PyTuple_GetItem(key, 1) : nullptr;
  const long first = from != nullptr ? PyLong_AsLong(from) : 0;
  const long second = to != nullptr ? PyLong_AsLong(to) : 0;
  if (to == nullptr || PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    return false;
  }
  return pack_pair(first, second, value);
}

bool select(Journal& journal, PyObject* set) {
  if (journal.selected == set) return true;
  if (!journal.names_are_written) {
    PyObject* const name = name_of(journal, set);
    // Coverage has erased a set that has no name. The reader skips its values.
    if (name != nullptr && !write_file_name(journal, set, name)) return false;
  }
  if (!journal.file.append(set_word(set))) return false;
  journal.selected = set;
  return true;
}

/// Writes all that coverage has in memory now.
bool adopt(Journal& journal) {
  std::ptrdiff_t at = 0;
  PyObject* name = nullptr;
  PyObject* set = nullptr;
  journal.selected = nullptr;
  journal.names_are_written = true;
  while (PyDict_Next(journal.data, &at, &name, &set) != 0) {
    if (!write_file_name(journal, set, name)) return false;
    const PyRef iterator(PyObject_GetIter(set));
    if (!iterator) return false;
    for (PyRef key(PyIter_Next(iterator.get())); key; key = PyRef(PyIter_Next(iterator.get()))) {
      JournalWord value = 0;
      if (!to_word(key.get(), value)) continue;
      journal.has_values = true;
      if (!select(journal, set) || !journal.file.append(value_word(value))) return false;
    }
  }
  at = 0;
  PyObject* plugin = nullptr;
  while (PyDict_Next(journal.file_tracers, &at, &name, &plugin) != 0) {
    if (!write_file_tracer(journal, name, plugin)) return false;
  }
  return true;
}

/// Called if an entry had no room. Tries now and then to write all again: a limit may be gone.
void dropped(Journal& journal) {
  if (journal.drops++ % kDropsBetweenTries == 0 && journal.drops > 1 && !is_confined()) {
    if (!journal.file.is_open()) open_file(journal);
    if (journal.file.is_open() && adopt(journal)) {
      journal.file.forget_drops();
      return;
    }
  }
  if (journal.drops == 1 && on_loss != nullptr) on_loss();
}

Journal* journal_of(PyObject* set) {
  if (count == 1) return &journals[0];
  for (std::size_t i = 0; i < count; ++i) {
    if (journals[i].selected == set || name_of(journals[i], set) != nullptr) return &journals[i];
  }
  return nullptr;
}

bool note(Journal& journal, PyObject* set, PyObject* key) {
  JournalWord value = 0;
  if (!to_word(key, value)) return true;
  journal.has_values = true;
  return select(journal, set) && journal.file.append(value_word(value));
}

/// Whether entries can be written. A child that C code has forked is noticed here first: it starts
/// a journal of its own for what is new, because the parent's journal has the rest.
bool is_ready(Journal& journal) {
  if (is_forked_copy()) leave_journals_to_parent();
  if (!journal.is_wanted) return false;
  return journal.file.is_open() || (!is_confined() && open_file(journal));
}

void added(PyObject* set, PyObject* key) {
  Journal* const journal = journal_of(set);
  if (journal == nullptr) return;
  journal->is_saved = false;
  if (is_ready(*journal) && note(*journal, set, key)) return;
  if (!journal->is_left) dropped(*journal);
}

void file_added(PyObject* dict, PyObject* name, PyObject* set) {
  for (std::size_t i = 0; i < count; ++i) {
    Journal& journal = journals[i];
    if (journal.data != dict || !is_ready(journal)) continue;
    if (!write_file_name(journal, set, name)) dropped(journal);
  }
}

int set_in_dict(PyObject* dict, PyObject* key, PyObject* value) {
  const int result = PyDict_SetItem(dict, key, value);
  if (result != 0) return result;
  for (std::size_t i = 0; i < count; ++i) {
    Journal& journal = journals[i];
    if (dict == journal.data) {
      file_added(dict, key, value);
    } else if (dict == journal.file_tracers && is_ready(journal)) {
      if (!write_file_tracer(journal, key, value)) dropped(journal);
    }
  }
  return result;
}

bool is_of_c_tracer(const Journal& journal) {
  const char* const kind = PyUnicode_AsUTF8(part(journal, kKind));
  return kind != nullptr && *kind == 'c';
}

/// Whether `description` is of a Coverage whose sets would get a type of the main interpreter's.
/// The number of such a type can be that of another one here, and CPython would call that one's
/// methods.
bool has_foreign_sets(PyObject* description) {
  if (description == python_none() || is_main_interpreter() || !are_interpreters_apart()) {
    return false;
  }
  const char* const kind = PyUnicode_AsUTF8(PyTuple_GetItem(description, kKind));
  return kind == nullptr || *kind != 'c';
}

/// Makes the functions above hear of all that is put into `data`.
bool watch(const Journal& journal) {
  if (!is_of_c_tracer(journal)) return trace_dict(journal.data);
  static PyObject* replaced = nullptr;
  PyObject* const tracer = part(journal, kTracer);
  if (replaced == tracer) return true;
  if (!replace_tracer_calls(tracer, {add_and_tell, set_in_dict})) return false;
  replaced = kept(tracer);
  return true;
}

void take_reset(Journal& journal, PyObject* data, PyObject* file_tracers) {
  journal.data = kept(data);
  journal.file_tracers = kept(file_tracers);
  if (!is_ready(journal)) return;
  const bool is_written = watch(journal) && journal.file.append(JournalEntry::kReset, {});
  if (!is_written || !adopt(journal)) dropped(journal);
}

void take_context(Journal& journal, PyObject* context) {
  Py_DecRef(journal.context);
  journal.context = kept(context);
  const std::string_view text[] = {text_of(context)};
  if (!is_ready(journal) || !journal.file.append(JournalEntry::kContext, text)) dropped(journal);
}

void take_flushed(Journal& journal) {
  if (is_forked_copy() || !journal.file.is_open()) return;
  if (!journal.file.append(JournalEntry::kFlushed, {})) dropped(journal);
}

void take_plugin_off(Journal& journal, PyObject* plugin) {
  const std::string_view text[] = {text_of(plugin)};
  if (!is_ready(journal) || !journal.file.append(JournalEntry::kPluginOff, text)) dropped(journal);
}

void take_saving(Journal& journal, bool is_done) {
  journal.is_saving = !is_done;
  journal.is_saved = is_done;
  if (is_forked_copy() || !journal.file.is_open()) return;
  journal.file.append(is_done ? JournalEntry::kSaved : JournalEntry::kSaving, {});
}

/// told(what, argument...), which coverage/journal.py calls for all that goes past the tracers.
PyObject* told(PyObject* self, PyObject* arguments) {
  const PyErrorGuard guard;
  const auto index = static_cast<std::size_t>(PyLong_AsLong(self));
  const char* const what = PyUnicode_AsUTF8(PyTuple_GetItem(arguments, 0));
  if (index < count && what != nullptr) {
    Journal& journal = journals[index];
    const std::string_view event(what);
    const auto argument = [&](std::ptrdiff_t at) { return PyTuple_GetItem(arguments, at); };
    if (event == "reset") take_reset(journal, argument(1), argument(2));
    if (event == "context") take_context(journal, argument(1));
    if (event == "flushed") take_flushed(journal);
    if (event == "plugin off") take_plugin_off(journal, argument(1));
    if (event == "saving" || event == "saved") take_saving(journal, event == "saved");
    if (event == "nothing to save") journal.is_saving = false;
  }
  PyErr_Clear();
  return new_none();
}

PythonMethod told_method = {"told", told, kArguments, nullptr};

/// Called when CPython has shut down. Removes the journals, because coverage has written its data,
/// or the program has chosen not to. A journal stays if coverage has tried to write, and failed.
void on_finalised() {
  if (is_forked_copy() || is_confined()) return;
  for (std::size_t i = 0; i < count; ++i) {
    Journal& journal = journals[i];
    if (!journal.file.is_open() || journal.is_saving) continue;
    record_saved(SaveReason::kItself, journal.is_saved ? SaveResult::kDone : SaveResult::kNone, 0,
                 0, !journal.has_values);
    journal.file.remove();
  }
}

void note_run(std::string_view run) {
  if (run_entry[kRunAt] != '\0' || run.size() >= sizeof(run_entry) - kRunAt) return;
  __builtin_memcpy(run_entry + kRunAt, run.data(), run.size());
}

bool prepare() {
  static bool is_prepared = false;
  if (is_prepared) return true;
  is_prepared = prepare_traced_sets({.added = added, .file_added = file_added});
  if (is_prepared) Py_AtExit(on_finalised);
  return is_prepared;
}

bool begin(Journal& journal, PyObject* description) {
  journal = {};
  journal.description = kept(description);
  journal.data = kept(part(journal, kData));
  journal.file_tracers = kept(part(journal, kFileTracers));
  journal.context = kept(part(journal, kContext));
  if (!watch(journal) || !open_file(journal)) return false;
  note_run(text_of(part(journal, kRun)));
  journal.is_wanted = true;
  return adopt(journal);
}

/// Returns false if this Coverage gets no journal.
bool give_journal(PyObject* description) {
  if (description == python_none() || count == kMostJournals) return false;
  if (is_forked_copy()) leave_journals_to_parent();
  if (!prepare() || (current_owner() != Owner::kThisProcess && !take_ownership())) return false;
  Journal& journal = journals[count];
  if (!begin(journal, description)) {
    journal.file.remove();
    return false;
  }
  const PyRef index(PyLong_FromLong(static_cast<long>(count)));
  ++count;
  const PyRef function(PyCFunction_NewEx(&told_method, index.get(), nullptr));
  const PyRef arguments(PyTuple_Pack(1, function.get()));
  const PyRef done(PyObject_CallObject(part(journal, kFollow), arguments.get()));
  if (done) return true;
  PyErr_Clear();
  journal.is_wanted = false;
  journal.file.remove();
  return false;
}

}  // namespace

bool follow_tracer(PyObject* description, void (*if_lost)()) {
  on_loss = if_lost;
  return give_journal(description);
}

void drop_journal_of_tracer() {
  journals[0].file.remove();
  journals[0] = {};
  count = 0;
}

void hand_journal_over() {
  handed_over = journals[0].file;
  journals[0] = {};
  count = 0;
}

void remove_journal_handed_over() {
  if (count != 0) handed_over.remove();
}

Measuring follow_coverages(bool is_starting, void (*if_lost)()) {
  on_loss = if_lost;
  const PyErrorGuard guard;
  static PyObject* look = nullptr;
  if (look == nullptr) {
    look = compile_function(kJournalSource, "look").release();
  }
  static bool any_without = false;
  const PyRef starting(PyBool_FromLong(static_cast<long>(is_starting)));
  const PyRef arguments(PyTuple_Pack(1, starting.get()));
  const PyRef found(look != nullptr ? PyObject_CallObject(look, arguments.get()) : nullptr);
  if (!found) {
    PyErr_Clear();
    return Measuring::kWithout;
  }
  const std::ptrdiff_t size = PySequence_Size(found.get());
  for (std::ptrdiff_t i = 0; i < size; ++i) {
    const PyRef description(PySequence_GetItem(found.get(), i));
    if (has_foreign_sets(description.get())) continue;
    if (!give_journal(description.get())) any_without = true;
  }
  if (any_without) return Measuring::kWithout;
  return count != 0 ? Measuring::kWithJournal : Measuring::kNothing;
}

void leave_journals_to_parent() {
  for (std::size_t i = 0; i < count; ++i) {
    journals[i].file.abandon();
    journals[i].is_left = text_of(part(journals[i], kCombined)).empty();
    if (journals[i].is_left) journals[i].is_wanted = false;
  }
  take_ownership();
}

void reserve_journals() {
  constexpr std::size_t kAhead = std::size_t{256} * 1024;
  for (std::size_t i = 0; i < count; ++i) journals[i].file.reserve(kAhead);
}

void release_journals() {
  for (std::size_t i = 0; i < count; ++i) journals[i].file.allow_growth();
}

PyObject* data_file_of_journals() { return part(journals[0], kDataFile); }

const char* run_of_journals() { return run_entry[kRunAt] != '\0' ? run_entry : nullptr; }

}  // namespace covenv
