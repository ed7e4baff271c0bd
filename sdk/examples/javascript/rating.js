// The rating list of one tax office.

import { rowsUnder } from "./rows.js";

/** The columns of the list, each by any of its names. */
const columns = {
  taxId: ["税号", "纳税人识别号"],
  name: ["名称", "纳税人名称"],
  level: ["等级"],
  year: ["年度"],
};

function draft(row, page) {
  page.draft(row, "tax-rating", { // the codes stand in sdk/directories/tax-rating.toml
    nsrsbh: row.get("taxId"), // ids as they stand: the judge checks and repairs them
    nsrmc: row.get("name"),
    xyjb: row.get("level"),
    pjnd: row.get("year"),
    swjg: "国家税务总局大方县税务局",
  });
}

export const fold = { translate: rowsUnder(columns, draft) };
