"""A sweep, or one quantity of it with its evidence, as a file that other programs read: NetCDF or CSV.

What made the numbers goes with them: version and code, the study and its digest, the seed, when and in how many runs;
never where.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from torusync._checks import as_name, requirement
from torusync._limits import TABLE_BYTES
from torusync._memory import require_memory
from torusync._provenance import provenance
from torusync.files.whole import as_path, atomic_path
from torusync.sweeps.labelled import beside, require_dataset
from torusync.sweeps.store import now, recorded

if TYPE_CHECKING:
    import xarray as xr

DATA_FILES: Final = ".nc", ".csv"


def with_evidence(ds: "xr.Dataset", quantity: str) -> "xr.Dataset":
    """Return a quantity of a sweep with its status, bound, error and proof, and no others.

    Raises
    ------
    ArgumentError
        If it is no dataset, or has no such quantity.
    """
    require_dataset(ds)
    quantity = as_name("quantity", quantity, ds.data_vars)
    bound, error = (beside(ds[quantity], one) for one in ("bound", "error"))
    names = [quantity, bound, error, "proof" if bound else None, "status"]
    return ds[[*dict.fromkeys(one for one in names if one in ds.data_vars)]].assign_coords(ds.coords)


def write_data(ds: "xr.Dataset", path: str | Path, *, runs: str | Path | None = None) -> None:
    """Write a sweep to ``path``, whole or not at all; complex numbers become two variables.

    Parameters
    ----------
    ds
        The sweep, or a part of it.
    path
        Ends in ``.nc`` for NetCDF, or in ``.csv``: a row a point, what made them in lines that begin with #.
    runs
        The store that it is from, beside which the record of runs lies.

    Raises
    ------
    ArgumentError
        If the path ends otherwise or cannot be written, or the numbers do not fit into memory.
    """
    require_dataset(ds)
    target = as_path("path", path)
    if target.suffix.lower() not in DATA_FILES:
        raise requirement("path", f"end in {' or '.join(DATA_FILES)}", f"it is {str(path)!r}")
    text = target.suffix.lower() == ".csv"
    if not ds.data_vars:
        raise requirement("ds", "hold a quantity", "it holds none")
    kept = None if runs is None else as_path("runs", runs)
    require_memory("path", (TABLE_BYTES // 8 if text else 2) * ds.nbytes, what="the map", advice="take one quantity")
    whole = _real(ds).assign_attrs(_told(ds, kept))
    if text:
        _write_csv(whole, target)
        return
    with atomic_path(target) as temporary:
        try:
            whole.to_netcdf(temporary, engine="h5netcdf")
        except (TypeError, ValueError, NotImplementedError) as error:  # xarray alone knows what the format has
            said = str(error).partition("\n")[0].partition(". ")[0].rstrip(".")
            raise requirement("ds", "hold what NetCDF has", f"xarray says: {said}") from None


def _real(ds: "xr.Dataset") -> "xr.Dataset":
    """Return a dataset with real and imaginary parts in place of complex numbers."""
    found = ds
    for name in [one for one in ds.variables if ds[one].dtype.kind == "c"]:
        parts = {f"{name}_re": ds[name].real, f"{name}_im": ds[name].imag}
        parts = {key: one.drop_vars([name], errors="ignore").assign_attrs(ds[name].attrs) for key, one in parts.items()}
        numbered = {name: np.arange(ds.sizes[name])} if name in ds.dims else {}
        found = found.drop_vars([name]).assign_coords(numbered)
        found = found.assign_coords(parts) if name in ds.coords else found.assign(parts)
    return found


def _told(ds: "xr.Dataset", runs: Path | None) -> dict[str, Any]:
    found: dict[str, Any] = {"written": now()} | ({} if "made_by" in ds.attrs else dict(provenance()))
    try:
        drawn = json.loads(ds.attrs["study"])["realisations"]
        found |= {} if drawn is None else {"seed": drawn["seed"]}
    except (KeyError, TypeError, ValueError, RecursionError):
        pass  # not of a study
    return found if runs is None else found | recorded(runs)


def _write_csv(ds: "xr.Dataset", target: Path) -> None:
    dims: list[Any] = max((list(ds[name].dims) for name in ds.data_vars), key=len, default=[])
    other = [name for name in ds.data_vars if not set(ds[name].dims) <= set(dims)]
    if other:
        must = "be .nc for quantities over different axes"
        raise requirement("path", must, f"{other[0]!r} has not those of the others; name one quantity")
    ds = _columns(ds, dims)
    units = {str(name): ds[name].attrs["units"] for name in ds.variables if ds[name].attrs.get("units", "1") != "1"}
    head = [f"# {name}: {value}" for name, value in ds.attrs.items()]
    head += [f"# units of {name}: {unit}" for name, unit in units.items()]
    head += [f"# codes of {name}: {codes}" for name, codes in _codes(ds).items()]
    table = ds.to_dataframe(dim_order=dims).reset_index() if dims else ds.expand_dims("point").to_dataframe()
    with atomic_path(target) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        stream.write("\n".join(head) + "\n")
        table.to_csv(stream, index=False, lineterminator="\n")


def _codes(ds: "xr.Dataset") -> dict[str, str]:
    """Return what the codes mean that occur, by the variable they are in."""
    found = {}
    for name, one in ds.data_vars.items():
        values, meanings = np.ravel(one.attrs.get("flag_values", ())), str(one.attrs.get("flag_meanings", "")).split()
        words = dict(zip(values, meanings, strict=False))  # of a file that somebody else wrote they may not match
        there = [(code, words[code]) for code in np.unique(one.to_numpy()) if code in words] if words else []
        if there:
            found[str(name)] = ", ".join(f"{code} {word}" for code, word in there)
    return found


def _columns(ds: "xr.Dataset", dims: list[Any]) -> "xr.Dataset":
    """Return a dataset with a column for each entry of a parameter that is a row or a matrix."""
    for name in [one for one in ds.coords if not set(ds[one].dims) <= set(dims)]:
        one = ds[name]
        own, rest = ([dim for dim in one.dims if (dim in dims) is inside] for inside in (True, False))
        if own:
            values = one.transpose(*own, *rest).to_numpy()
            values = values.reshape(*values.shape[: len(own)], -1)
            ds = ds.assign_coords({f"{name}_{at}": (own, values[..., at]) for at in range(values.shape[-1])})
        ds = ds.drop_vars([name])
    return ds
